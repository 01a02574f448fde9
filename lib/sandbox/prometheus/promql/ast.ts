import type { Matcher } from './matcher.ts';

export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

/** Where in time a selector or subquery looks: `at` as given, then `offsetMs` back from there. */
export interface TimeShift {
  offsetMs: number;
  /** `@`: milliseconds since the epoch, or the start or end of the whole query. */
  at: number | 'start' | 'end' | undefined;
}

export interface Selector extends TimeShift {
  type: 'selector';
  matchers: Matcher[];
}

export interface RangeSelector {
  type: 'range';
  selector: Selector;
  rangeMs: number;
}

export interface Subquery extends TimeShift {
  type: 'subquery';
  expr: Expr;
  rangeMs: number;
  /** Undefined = the server's evaluation interval. */
  stepMs: number | undefined;
}

export interface Call {
  type: 'call';
  name: string;
  args: Expr[];
}

export interface Aggregation {
  type: 'aggregation';
  op: string;
  param: Expr | undefined;
  expr: Expr;
  labels: string[];
  without: boolean;
}

export interface Matching {
  on: boolean;
  labels: string[];
  /** Which side may have many series per match group; undefined = neither. */
  many: 'left' | 'right' | undefined;
  /** Labels copied from the one-side. */
  include: string[];
}

export interface Binary {
  type: 'binary';
  op: string;
  left: Expr;
  right: Expr;
  bool: boolean;
  matching: Matching;
}

export type Expr =
  | { type: 'number'; value: number }
  | { type: 'string'; value: string }
  | { type: 'paren'; expr: Expr }
  | { type: 'unary'; negative: boolean; expr: Expr }
  | Selector
  | RangeSelector
  | Subquery
  | Call
  | Aggregation
  | Binary;

/** A query that Prometheus (or this subset of it) refuses before it evaluates anything. */
export class QueryError extends Error {}

/** A query that fails while it is evaluated. */
export class ExecutionError extends Error {}

/** The expression inside any parentheses. */
export function unwrap(expr: Expr): Expr {
  return expr.type === 'paren' ? unwrap(expr.expr) : expr;
}
