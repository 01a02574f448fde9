import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawnProgram, stopChild } from '../../../scripts/lib/launch.mjs';
import { requiredVariable, type Manifest } from '../../cluster/cluster.ts';
import { waitFor } from '../../cluster/control-plane.ts';
import { adminPort, envoyBootstrap, type ProxySources } from '../lab/sidecar.ts';

/** Where the gateway's proxy is reached: no lab takes addresses of this range for its Pods. */
export const gatewayAddress = '127.9.0.1';
/** On which gateways listen. */
export const gatewayPort = 8080;
const labels = { istio: 'shape-gateway' };

/** A Gateway `shop` that the proxy stands for, of all hosts. */
export function gatewayOf(namespace: string): Manifest {
  const port = { number: gatewayPort, name: 'http', protocol: 'HTTP' };
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'shop', namespace },
    spec: { selector: labels, servers: [{ port, bind: gatewayAddress, hosts: ['*'] }] },
  } as Manifest;
}

/** Starts the proxy of a gateway, as istiod configures it; ends with what `stop` answers. */
export async function startGatewayProxy(sources: ProxySources): Promise<{ stop(): Promise<void> }> {
  const directory = mkdtempSync(path.join(tmpdir(), 'gateway-proxy-'));
  const file = path.join(directory, 'envoy.json');
  const pod = {
    namespace: 'istio-system',
    name: 'shape-gateway',
    uid: 'shape-gateway',
    workload: 'shape-gateway',
    serviceAccount: 'default',
    labels,
    addresses: { pod: gatewayAddress, egress: gatewayAddress },
  };
  writeFileSync(file, JSON.stringify(envoyBootstrap(pod, sources, 'router')));
  // Envoy opens /dev/stdout by name for its access log, which fails where that is a socket, as Node's pipes are.
  const withPipe = ['-c', 'exec "$0" "$@" > >(exec cat)', requiredVariable('ENVOY_BINARY')];
  const flags = ['--use-dynamic-base-id', '--concurrency', '1', '--log-level', 'warning'];
  const child = spawnProgram('bash', [...withPipe, '-c', file, ...flags]);
  child.stdout.resume();
  child.stderr.resume();
  const stop = async () => {
    await stopChild(child);
    rmSync(directory, { recursive: true });
  };
  const isLive = async () => (await (await fetch(`http://${gatewayAddress}:${adminPort}/ready`)).text()) === 'LIVE\n';
  await waitFor('the gateway’s proxy', isLive, [{ name: 'Envoy', child }]);
  return { stop };
}
