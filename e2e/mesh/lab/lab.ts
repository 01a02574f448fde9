import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSeeds, requiredVariable, untilRolledOut } from '../../cluster/cluster.ts';
import { startControlPlane } from '../../cluster/control-plane.ts';
import { installIstioCrds, installSidecarInjection } from '../../cluster/mesh.ts';
import { startNodeAgent } from '../../cluster/node-agent.ts';
import type { Kube } from '../../kube.ts';
import { reserveAddresses } from './addresses.ts';
import { startExporter } from './exporter.ts';
import { startIstiod } from './istiod.ts';
import { startOutsideHost } from './outside-host.ts';
import { LabRuntime } from './pod-runtime.ts';
import { startPrometheus } from './prometheus.ts';
import { RequestMetrics } from './request-metrics.ts';
import { startSecretService } from './secret-service.ts';
import type { ProxySources } from './sidecar.ts';
import { ServiceDirectory } from './services.ts';
import { installValidation } from './validation.ts';

/** A real mesh on loopback: control plane, istiod, applications behind Envoys, Prometheus. */
export interface Lab {
  kubeconfig: string;
  kube: Kube;
  prometheus: string;
  /** Address of the exporter: `/pods`, `/outside`, `/load`. */
  url: string;
  /** Where proxies get their configuration from, on loopback. */
  sources: ProxySources;
  stop(): Promise<void>;
}

interface LabOptions {
  scrapeIntervalSeconds?: number;
  /** Hears what is being started. */
  onStep?: (step: string) => void;
  /** Gets what ends the lab as soon as there is something to end; a start that goes on then fails. */
  onStoppable?: (stop: () => Promise<void>) => void;
  /** Hears of a part that ends without being asked to, by its name. */
  onDeath?: (name: string) => void;
}

/** Endpoint controllers refuse loopback addresses: WorkloadEntries stand for the Pods. */
const withoutControllers = ['endpoints-controller', 'endpointslice-controller'];
/** istiod's version, as the seeds' images are to tell it. */
const istioVersion = '1.31.0';

/**
 * Starts the lab with what the sandbox holds at start, rolled out and ready. Needs the variables of
 * `buildMeshParts` (scripts/lib/real-parts.mjs).
 */
export async function startLab({
  scrapeIntervalSeconds = 1,
  onStep = () => undefined,
  onStoppable = () => undefined,
  onDeath = () => undefined,
}: LabOptions = {}): Promise<Lab> {
  const directory = mkdtempSync(path.join(tmpdir(), 'mesh-lab-'));
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    // What is started while this goes on ends too.
    for (let end = stops.pop(); end; end = stops.pop()) await end();
    rmSync(directory, { recursive: true, force: true });
  };
  onStoppable(stop);
  try {
    const addresses = await reserveAddresses();
    stops.push(addresses.release);
    onStep('Kubernetes');
    const binaries = requiredVariable('CONTROL_PLANE_BINARIES');
    const controlPlane = await startControlPlane({ binaries, directory, withoutControllers, onDeath });
    stops.push(controlPlane.stop);
    const { kube, kubeconfig } = controlPlane;
    await installIstioCrds(kube, requiredVariable('ISTIO_CRDS'));
    await installSidecarInjection(kube);
    await createSeeds(kube, (text) => text.replaceAll(/(istio\/(?:pilot|proxyv2)):[\d.]+/g, `$1:${istioVersion}`));
    await turnOffMutualTls(kube);

    onStep('istiod');
    const istiod = await startIstiod({ binary: requiredVariable('ISTIOD_BINARY'), kubeconfig, directory, onDeath });
    stops.push(istiod.stop);
    await installValidation(kube, istiod);

    const outside = await startOutsideHost();
    stops.push(outside.stop);
    const secrets = await startSecretService(outside.certificate);
    stops.push(secrets.stop);

    onStep('applications and proxies');
    const services = new ServiceDirectory(kube);
    await services.start();
    stops.push(() => services.stop());
    const metrics = new RequestMetrics(services);
    const envoy = requiredVariable('ENVOY_BINARY');
    const sources = { xds: istiod.xdsPort, secrets: secrets.port };
    const runtime = new LabRuntime({ kube, addresses, services, metrics, envoy, sources, directory, onDeath });
    stops.push(() => runtime.stop());
    const agent = await startNodeAgent({ kube, runtime });
    stops.push(agent.stop);

    const exporter = await startExporter(runtime, outside);
    stops.push(exporter.stop);
    const prometheus = await startPrometheus({
      binary: requiredVariable('PROMETHEUS_BINARY'),
      directory,
      scrapeIntervalSeconds,
      onDeath,
      scrapeConfigs: [
        ...exporter.scrapeConfigs(scrapeIntervalSeconds),
        { job_name: 'istiod', static_configs: [{ targets: [`127.0.0.1:${istiod.monitoringPort}`] }] },
      ],
    });
    stops.push(prometheus.stop);
    await untilRolledOut(kube);
    return { kubeconfig, kube, prometheus: prometheus.url, url: exporter.url, sources, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Certificates need a CA that the lab does not run: proxies talk in clear, and the mesh says so. */
async function turnOffMutualTls(kube: Kube): Promise<void> {
  await kube.send('POST', '/apis/security.istio.io/v1/namespaces/istio-system/peerauthentications', {
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    metadata: { name: 'default', namespace: 'istio-system' },
    spec: { mtls: { mode: 'DISABLE' } },
  });
}
