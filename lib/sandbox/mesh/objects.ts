/** The parts of Istio's and Kubernetes' objects that decide where a request goes. */

export interface StringMatch {
  exact?: string;
  prefix?: string;
  regex?: string;
}

export interface HttpMatch {
  name?: string;
  uri?: StringMatch;
  scheme?: StringMatch;
  method?: StringMatch;
  authority?: StringMatch;
  headers?: Record<string, StringMatch>;
  withoutHeaders?: Record<string, StringMatch>;
  queryParams?: Record<string, StringMatch>;
  ignoreUriCase?: boolean;
  port?: number;
  sourceLabels?: Record<string, string>;
  sourceNamespace?: string;
  gateways?: string[];
  statPrefix?: string;
}

export interface Destination {
  host: string;
  subset?: string;
  port?: { number?: number };
}

export interface Percent {
  value?: number;
}

export interface HttpRoute {
  name?: string;
  match?: HttpMatch[];
  route?: { destination: Destination; weight?: number }[];
  redirect?: { redirectCode?: number };
  directResponse?: { status: number };
  delegate?: { name?: string; namespace?: string };
  mirror?: Destination;
  mirrorPercentage?: Percent;
  mirrorPercent?: number;
  mirrors?: { destination: Destination; percentage?: Percent }[];
  fault?: { abort?: { httpStatus?: number; percentage?: Percent } };
}

export interface VirtualServiceSpec {
  hosts?: string[];
  gateways?: string[];
  exportTo?: string[];
  http?: HttpRoute[];
}

export interface DestinationRuleSpec {
  host: string;
  exportTo?: string[];
  workloadSelector?: { matchLabels?: Record<string, string> };
  trafficPolicy?: { tls?: { mode?: string } };
  subsets?: { name: string; labels?: Record<string, string>; trafficPolicy?: { tls?: { mode?: string } } }[];
}

export interface ServiceEntrySpec {
  hosts?: string[];
  exportTo?: string[];
  ports?: { number: number; name?: string; protocol?: string }[];
  workloadSelector?: { labels?: Record<string, string> };
}

export interface GatewaySpec {
  selector?: Record<string, string>;
  servers?: { port?: { number?: number }; hosts?: string[] }[];
}

export interface ServiceSpec {
  type?: string;
  externalName?: string;
  selector?: Record<string, string>;
  ports?: { port: number; name?: string; appProtocol?: string; protocol?: string }[];
}

/** One kind of request that a client pod keeps sending (annotation `sandbox.mirror-console.io/requests`). */
export interface RequestSpec {
  host: string;
  port: number;
  method: string;
  path: string;
  perSecond: number;
  headers: Record<string, string>;
}

/** Whether `labels` have every pair of `selector`. */
export function selects(selector: Record<string, string>, labels: Record<string, string>): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}
