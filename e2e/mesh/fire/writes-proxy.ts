import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { parse, stringify } from 'yaml';

/** Stands between a console and the API server, and strikes right after a write took effect. */
export interface WritesProxy {
  /** Leads through the proxy. */
  kubeconfig: string;
  /** Writes of the verb so far, in their order: `PUT virtualservices/shop`, and `PUT virtualservices/shop #2`. */
  readonly made: readonly string[];
  /** Those after which it has struck. */
  readonly struck: readonly string[];
  /** A verb begins: it has written nothing yet. `strikes`: the writes after which the proxy is to strike. */
  beginVerb(strikes: readonly string[]): void;
  stop(): Promise<void>;
}

interface Options {
  /** The lab's kubeconfig. */
  kubeconfig: string;
  /** File to write the other one to. */
  target: string;
  /** Called after each write that is to be struck; the console does not get that answer. */
  strike(): void;
}

/** Locks and journals are written all the time: of the record its creation and its end count. */
const isOfRecord = (path: string) => /\/configmaps\/mirror-console\./.test(path);
/** Questions about the user are POSTed too. */
const isReview = (path: string) => /^\/apis\/auth(orization|entication)\.k8s\.io\//.test(path);

/** Starts the proxy on a free port of loopback. */
export async function startWritesProxy({ kubeconfig, target, strike }: Options): Promise<WritesProxy> {
  const config = parse(readFileSync(kubeconfig, 'utf8'));
  const { server: upstream, 'certificate-authority-data': ca } = config.clusters[0].cluster;
  const agent = new https.Agent({ keepAlive: true, ca: Buffer.from(ca, 'base64') });
  let made: string[] = [];
  let struck: string[] = [];
  let strikes: readonly string[] = [];
  /** True when the proxy is to strike after this write. */
  const note = (write: string) => {
    const nth = made.filter((one) => one.split(' #', 1).join() === write).length + 1;
    const name = nth === 1 ? write : `${write} #${nth}`;
    made.push(name);
    if (strikes.includes(name)) struck.push(name);
    return strikes.includes(name);
  };

  const pass = (request: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET', url = '/', headers } = request;
    const { host: _, ...passed } = headers;
    const sent = https.request(new URL(url, upstream), { method, headers: passed, agent }, (answer) => {
      const isOk = (answer.statusCode ?? 500) < 300;
      if (isOk && isStrikable(method, url) && note(nameOf(method, url))) {
        strike();
        response.destroy();
        answer.resume();
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      // A watch that has nothing to tell yet has begun all the same.
      response.flushHeaders();
      answer.pipe(response);
    });
    sent.on('error', () => response.destroy());
    response.on('close', () => sent.destroy());
    request.pipe(sent);
  };

  const server = createServer(pass);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the proxy has no port');
  // Nothing to verify on plain HTTP, and client-node wants to be told so.
  config.clusters[0].cluster = { server: `http://127.0.0.1:${address.port}`, 'insecure-skip-tls-verify': true };
  writeFileSync(target, stringify(config), { mode: 0o600 });
  return {
    kubeconfig: target,
    get made() {
      return made;
    },
    get struck() {
      return struck;
    },
    beginVerb: (next) => ([made, struck, strikes] = [[], [], next]),
    stop: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isStrikable(method: string, url: string): boolean {
  const isWrite = ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method);
  const isJournal = method === 'PUT' && isOfRecord(url);
  return isWrite && !isJournal && !url.includes('dryRun=') && !isReview(url);
}

/** Method and object, or folder: `PUT virtualservices/shop`. */
function nameOf(method: string, url: string): string {
  const path = url.split('?', 1).join('').split('/namespaces/').at(-1) ?? '';
  return `${method} ${path.split('/').slice(1).join('/')}`;
}
