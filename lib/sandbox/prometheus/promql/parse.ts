/** PromQL text to a checked syntax tree, by the grammar that Prometheus itself publishes. */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { RegexError } from '../../core/re2.ts';
import { QueryError, unwrap, type Expr, type Matching, type TimeShift, type ValueType } from './ast.ts';
import { parseDuration, parseNumber, parseString } from './literals.ts';
import { Matcher, type MatchOp } from './matcher.ts';
import { aggregations, functionSignatures, variadicFunctions } from './signatures.ts';

const maxQueryLength = 100_000;
const maxDepth = 200;
const comparisons = new Set(['==', '!=', '>', '<', '>=', '<=']);
const setOperators = new Set(['and', 'or', 'unless']);
const operators = new Set(['+', '-', '*', '/', '%', '^', 'atan2', ...comparisons, ...setOperators]);
const typeNames: Record<ValueType, string> = {
  scalar: 'scalar',
  vector: 'instant vector',
  matrix: 'range vector',
  string: 'string',
};

/** Whether the operator compares (and so filters, or with `bool` answers 0 or 1). */
export function isComparison(op: string): boolean {
  return comparisons.has(op);
}

/** Whether the operator works on sets of series and not on their values. */
export function isSetOperator(op: string): boolean {
  return setOperators.has(op);
}

/** Prometheus' name of a type in its messages. */
export function typeName(type: ValueType): string {
  return typeNames[type];
}

/**
 * Parses and type-checks a query.
 * @throws QueryError with the position, or naming the construct that the sandbox does not model.
 */
export function parsePromQL(text: string): Expr {
  if (text.replaceAll(/#.*/g, '').trim() === '')
    throw new QueryError('unknown position: parse error: no expression found in input');
  if (text.length > maxQueryLength) throw new QueryError('parse error: query is too long');
  return new Reader(text).read();
}

/** The type of an expression's value. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.type) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'selector':
    case 'aggregation':
      return 'vector';
    case 'range':
    case 'subquery':
      return 'matrix';
    case 'paren':
    case 'unary':
      return typeOf(expr.expr);
    case 'call':
      return functionSignatures[expr.name]?.returns ?? 'vector';
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'vector';
  }
}

class Reader {
  readonly #text: string;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Expr {
    const tree = parser.parse(this.#text);
    tree.iterate({
      enter: (node) => {
        if (!node.type.isError) return;
        const found = this.#text.slice(node.from, node.to) || this.#text.slice(node.from).trim().split(/\s/)[0];
        throw new QueryError(
          `${this.#position(node.from)}: parse error: unexpected ${found ? JSON.stringify(found.slice(0, 40)) : 'end of input'}`,
        );
      },
    });
    const top = tree.topNode.firstChild;
    if (!top) throw new QueryError('unknown position: parse error: no expression found in input');
    return this.#expr(top);
  }

  #expr(node: SyntaxNode): Expr {
    if (++this.#depth > maxDepth) this.#fail(node, 'expression nests too deeply');
    const expr = this.#dispatch(node);
    this.#depth--;
    return expr;
  }

  #dispatch(node: SyntaxNode): Expr {
    switch (node.name) {
      case 'NumberDurationLiteral':
        return { type: 'number', value: this.#number(node) };
      case 'StringLiteral':
        return { type: 'string', value: this.#string(node) };
      case 'ParenExpr':
        return { type: 'paren', expr: this.#expr(this.#operands(node)[0] as SyntaxNode) };
      case 'UnaryExpr':
        return this.#unary(node);
      case 'VectorSelector':
        return this.#selector(node);
      case 'MatrixSelector':
        return this.#range(node);
      case 'SubqueryExpr':
        return this.#subquery(node);
      case 'OffsetExpr':
        return this.#offset(node);
      case 'StepInvariantExpr':
        return this.#at(node);
      case 'FunctionCall':
        return this.#call(node);
      case 'AggregateExpr':
        return this.#aggregation(node);
      case 'BinaryExpr':
        return this.#binary(node);
      case 'AnchoredExpr':
      case 'SmoothedExpr':
        return this.#unmodelled(node, `the ${node.name === 'AnchoredExpr' ? 'anchored' : 'smoothed'} modifier`);
      default:
        return this.#unmodelled(node, node.name);
    }
  }

  #unary(node: SyntaxNode): Expr {
    const operand = this.#expr(node.lastChild as SyntaxNode);
    const type = typeOf(operand);
    if (type !== 'scalar' && type !== 'vector') {
      this.#fail(
        node,
        `unary expression only allowed on expressions of type scalar or instant vector, got "${typeName(type)}"`,
      );
    }
    return { type: 'unary', negative: this.#slice(node.firstChild as SyntaxNode) === '-', expr: operand };
  }

  #selector(node: SyntaxNode): Expr {
    const matchers: Matcher[] = [];
    const name = node.getChild('Identifier');
    if (name) matchers.push(new Matcher('__name__', '=', this.#slice(name)));
    const list = node.getChild('LabelMatchers');
    for (let item = list?.firstChild ?? null; item; item = item.nextSibling) {
      if (item.name === 'QuotedLabelName') {
        if (name) this.#fail(item, 'metric name must not be set twice');
        matchers.push(new Matcher('__name__', '=', this.#string(item.firstChild as SyntaxNode)));
      } else if (item.name === 'UnquotedLabelMatcher' || item.name === 'QuotedLabelMatcher') {
        const matcher = this.#matcher(item);
        if (name && matcher.name === '__name__') {
          this.#fail(item, `metric name must not be set twice: "${this.#slice(name)}" or "${matcher.value}"`);
        }
        matchers.push(matcher);
      }
    }
    if (matchers.every((matcher) => matcher.matches(''))) {
      this.#fail(node, 'vector selector must contain at least one non-empty matcher');
    }
    return { type: 'selector', matchers, offsetMs: 0, at: undefined };
  }

  #matcher(node: SyntaxNode): Matcher {
    const [nameNode, opNode, valueNode] = [node.firstChild, node.getChild('MatchOp'), node.lastChild];
    if (!nameNode || !opNode || !valueNode) return this.#fail(node, 'incomplete label matcher');
    const name =
      nameNode.name === 'QuotedLabelName' ? this.#string(nameNode.firstChild as SyntaxNode) : this.#slice(nameNode);
    try {
      return new Matcher(name, this.#slice(opNode) as MatchOp, this.#string(valueNode));
    } catch (error) {
      if (error instanceof RegexError) return this.#fail(node, `error parsing regexp: ${error.message}`);
      throw error;
    }
  }

  #range(node: SyntaxNode): Expr {
    const inner = this.#expr(node.firstChild as SyntaxNode);
    if (inner.type !== 'selector') return this.#fail(node, 'ranges only allowed for vector selectors');
    if (inner.offsetMs !== 0) this.#fail(node, 'no offset modifiers allowed before range');
    if (inner.at !== undefined) this.#fail(node, 'no @ modifiers allowed before range');
    return { type: 'range', selector: inner, rangeMs: this.#duration(node.getChild('DurationExpr') as SyntaxNode) };
  }

  #subquery(node: SyntaxNode): Expr {
    const expr = this.#expr(node.firstChild as SyntaxNode);
    if (typeOf(expr) !== 'vector') {
      this.#fail(node, `subquery is only allowed on instant vector, got ${typeName(typeOf(expr))} instead`);
    }
    const [range, step] = node.getChildren('DurationExpr');
    return {
      type: 'subquery',
      expr,
      rangeMs: this.#duration(range as SyntaxNode),
      stepMs: step && this.#duration(step),
      offsetMs: 0,
      at: undefined,
    };
  }

  #offset(node: SyntaxNode): Expr {
    const expr = this.#expr(node.firstChild as SyntaxNode);
    const offsetMs = this.#duration(node.getChild('OffsetDurationExpr') as SyntaxNode, true);
    return this.#shifted(node, expr, 'offset', (shift) => {
      if (shift.offsetMs !== 0) this.#fail(node, 'offset may not be set multiple times');
      return { ...shift, offsetMs };
    });
  }

  #at(node: SyntaxNode): Expr {
    const expr = this.#expr(node.firstChild as SyntaxNode);
    const word = node.getChild('AtModifierPreprocessors');
    const number = node.getChild('NumberDurationLiteral');
    const at = word
      ? (this.#slice(word).toLowerCase() as 'start' | 'end')
      : Math.round(this.#number(number as SyntaxNode) * 1000);
    if (typeof at === 'number' && !Number.isFinite(at)) this.#fail(node, 'timestamp out of bounds for @ modifier');
    return this.#shifted(node, expr, '@', (shift) => {
      if (shift.at !== undefined) this.#fail(node, '@ <timestamp> may not be set multiple times');
      return { ...shift, at };
    });
  }

  /** Puts a time modifier on the selector it belongs to. */
  #shifted(node: SyntaxNode, expr: Expr, what: string, change: <T extends TimeShift>(shift: T) => T): Expr {
    if (expr.type === 'selector' || expr.type === 'subquery') return change(expr);
    if (expr.type === 'range') return { ...expr, selector: change(expr.selector) };
    return this.#fail(
      node,
      `${what} modifier must be preceded by an instant vector selector or range vector selector or a subquery`,
    );
  }

  #call(node: SyntaxNode): Expr {
    const name = this.#slice(node.firstChild as SyntaxNode);
    const signature = functionSignatures[name];
    if (!signature) return this.#unmodelled(node, `function ${name}()`);
    const nodes = this.#operands(node.getChild('FunctionCallBody') as SyntaxNode);
    const args = nodes.map((arg) => this.#expr(arg));
    const variadic = variadicFunctions.has(name);
    const least = signature.args.length - (signature.optional ?? 0);
    if (args.length < least || (!variadic && args.length > signature.args.length)) {
      const expected = variadic || signature.optional ? `at least ${least}` : String(least);
      this.#fail(node, `expected ${expected} argument(s) in call to "${name}", got ${args.length}`);
    }
    for (const [index, arg] of args.entries()) {
      const wanted = signature.args[Math.min(index, signature.args.length - 1)] as ValueType;
      this.#expect(nodes[index] as SyntaxNode, arg, wanted, `call to function "${name}"`);
    }
    return { type: 'call', name, args };
  }

  #aggregation(node: SyntaxNode): Expr {
    const op = this.#slice(node.getChild('AggregateOp') as SyntaxNode).toLowerCase();
    if (!(op in aggregations)) return this.#unmodelled(node, `aggregation ${op}()`);
    const nodes = this.#operands(node.getChild('FunctionCallBody') as SyntaxNode);
    const args = nodes.map((arg) => this.#expr(arg));
    const paramType = aggregations[op];
    const wanted = paramType ? 2 : 1;
    if (args.length !== wanted) {
      this.#fail(
        node,
        `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
      );
    }
    if (paramType) this.#expect(nodes[0] as SyntaxNode, args[0] as Expr, paramType, 'aggregation parameter');
    this.#expect(nodes[wanted - 1] as SyntaxNode, args[wanted - 1] as Expr, 'vector', 'aggregation expression');
    const modifier = node.getChild('AggregateModifier');
    return {
      type: 'aggregation',
      op,
      param: paramType ? args[0] : undefined,
      expr: args[wanted - 1] as Expr,
      labels: this.#labelNames(modifier?.getChild('GroupingLabels') ?? null),
      without: Boolean(modifier?.getChild('Without')),
    };
  }

  #binary(node: SyntaxNode): Expr {
    const operands = this.#operands(node);
    const [leftNode, rightNode] = [operands[0] as SyntaxNode, operands[1] as SyntaxNode];
    const op = this.#slice(leftNode.nextSibling as SyntaxNode).toLowerCase();
    if (!operators.has(op)) return this.#unmodelled(node, `operator ${op}`);
    if (node.getChild('FillModifier')) return this.#unmodelled(node, 'the fill modifier');
    const [left, right] = [this.#expr(leftNode), this.#expr(rightNode)];
    for (const [index, side] of [left, right].entries()) {
      if (typeOf(side) === 'matrix' || typeOf(side) === 'string') {
        this.#fail(
          operands[index] as SyntaxNode,
          'binary expression must contain only scalar and instant vector types',
        );
      }
    }
    const scalars = [left, right].filter((side) => typeOf(side) === 'scalar').length;
    const bool = Boolean(node.getChild('BoolModifier'));
    if (bool && !isComparison(op)) this.#fail(node, 'bool modifier can only be used on comparison operators');
    if (scalars === 2 && isComparison(op) && !bool) {
      this.#fail(node, 'comparisons between scalars must use BOOL modifier');
    }
    if (scalars > 0 && isSetOperator(op))
      this.#fail(node, `set operator "${op}" not allowed in binary scalar expression`);
    const clause = node.getChild('MatchingModifierClause');
    if (clause && scalars > 0) this.#fail(node, 'vector matching only allowed between instant vectors');
    const matching = this.#matching(clause);
    if (matching.many && isSetOperator(op)) this.#fail(node, `no grouping allowed for "${op}" operation`);
    if (op === '^' && leftNode.name === 'NumberDurationLiteral' && /^[-+]/.test(this.#slice(leftNode))) {
      // The grammar reads -2^2 as (-2)^2; Prometheus' own parser binds the sign looser than the power.
      return {
        type: 'unary',
        negative: this.#slice(leftNode).startsWith('-'),
        expr: this.#power(left, right, matching),
      };
    }
    return { type: 'binary', op, left, right, bool, matching };
  }

  #power(left: Expr, right: Expr, matching: Matching): Expr {
    const base: Expr = left.type === 'number' ? { type: 'number', value: Math.abs(left.value) } : left;
    return { type: 'binary', op: '^', left: base, right, bool: false, matching };
  }

  #matching(clause: SyntaxNode | null): Matching {
    const lists = clause?.getChildren('GroupingLabels') ?? [];
    const many = clause?.getChild('GroupLeft') ? 'left' : clause?.getChild('GroupRight') ? 'right' : undefined;
    const matching: Matching = {
      on: Boolean(clause?.getChild('On')),
      labels: this.#labelNames(lists[0] ?? null),
      many,
      include: this.#labelNames(lists[1] ?? null),
    };
    const both = matching.on ? matching.include.find((name) => matching.labels.includes(name)) : undefined;
    if (both) this.#fail(clause as SyntaxNode, `label "${both}" must not occur in ON and GROUP clause at once`);
    return matching;
  }

  #expect(node: SyntaxNode, expr: Expr, wanted: ValueType, context: string): void {
    const got = typeOf(expr);
    if (got !== wanted) this.#fail(node, `expected type ${typeName(wanted)} in ${context}, got ${typeName(got)}`);
    if (wanted === 'string' && unwrap(expr).type !== 'string') this.#fail(node, 'expected a string literal');
  }

  /** Child nodes that are expressions. */
  #operands(node: SyntaxNode): SyntaxNode[] {
    const found: SyntaxNode[] = [];
    for (let child = node.firstChild; child; child = child.nextSibling) if (child.type.is('Expr')) found.push(child);
    return found;
  }

  #labelNames(list: SyntaxNode | null): string[] {
    const names: string[] = [];
    for (let item = list?.firstChild ?? null; item; item = item.nextSibling) {
      if (item.name === 'LabelName') names.push(this.#slice(item));
      if (item.name === 'QuotedLabelName') names.push(this.#string(item.firstChild as SyntaxNode));
    }
    return names;
  }

  #number(node: SyntaxNode): number {
    const value = parseNumber(this.#slice(node));
    return value ?? this.#fail(node, `bad number or duration syntax: "${this.#slice(node)}"`);
  }

  #string(node: SyntaxNode): string {
    return parseString(this.#slice(node)) ?? this.#fail(node, `bad string literal ${this.#slice(node)}`);
  }

  /** A duration in ms. */
  #duration(node: SyntaxNode, signed = false): number {
    const text = this.#slice(node).replaceAll(/\s/g, '');
    const negative = text.startsWith('-');
    const ms = parseDuration(negative || text.startsWith('+') ? text.slice(1) : text);
    if (ms === undefined) return this.#unmodelled(node, `duration expression ${text}`);
    if (!signed && (negative || ms <= 0)) this.#fail(node, 'duration must be greater than 0');
    return negative ? -ms : ms;
  }

  #slice(node: SyntaxNode): string {
    return this.#text.slice(node.from, node.to);
  }

  #position(at: number): string {
    const before = this.#text.slice(0, at).split('\n');
    return `${before.length}:${(before.at(-1) ?? '').length + 1}`;
  }

  #fail(node: SyntaxNode, message: string): never {
    throw new QueryError(`${this.#position(node.from)}: parse error: ${message}`);
  }

  #unmodelled(node: SyntaxNode, what: string): never {
    throw new QueryError(`${this.#position(node.from)}: parse error: not modelled by the sandbox: ${what}`);
  }
}
