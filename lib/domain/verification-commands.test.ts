import { describe, expect, it } from 'vitest';
import { deploymentOf } from './testing/snapshot.ts';
import { mirroring } from './testing/standing-task.ts';
import { verificationCommands } from './verification-commands.ts';

const live = deploymentOf('reviews-v1', 'demo-project', { app: 'reviews', version: 'v1' });

function commandsOf({ record: { spec }, live: standing } = mirroring(), primary = [live]) {
  const { virtualServices, deployments } = standing;
  return verificationCommands(spec, { virtualServices, deployments, primary });
}
const byId = (commands: ReturnType<typeof commandsOf>) =>
  Object.fromEntries(commands.map(({ id, command }) => [id, command]));

describe('commands to verify a task by hand', () => {
  it('name its objects, its pods’ labels and its ports', () => {
    expect(byId(commandsOf())).toEqual({
      routes: 'kubectl -n demo-project get virtualservice reviews -o yaml',
      analyze: 'istioctl analyze -n demo-project',
      proxy_routes:
        'istioctl proxy-config routes deployment/reviews-v1 -n demo-project --name 9080 -o json | grep -A 12 requestMirrorPolicies',
      live_logs:
        "kubectl -n demo-project logs -l 'app=reviews,version=v1' -c reviews --tail=20 --prefix -f --max-log-requests=50",
      live_requests:
        "kubectl -n demo-project logs -l 'app=reviews,version=v1' -c istio-proxy --tail=20 --prefix -f --max-log-requests=50",
      mirror_logs:
        "kubectl -n demo-project logs -l 'app=reviews,version=v2' -c reviews --tail=20 --prefix -f --max-log-requests=50",
      mirror_requests:
        "kubectl -n demo-project logs -l 'app=reviews,version=v2' -c istio-proxy --tail=20 --prefix -f --max-log-requests=50",
    });
  });

  it('say nothing of pods that do not stand', () => {
    const task = mirroring();
    task.live.deployments = [];
    expect(commandsOf(task).map(({ id }) => id)).toEqual([
      'routes',
      'analyze',
      'proxy_routes',
      'live_logs',
      'live_requests',
    ]);
    expect(commandsOf(task, []).map(({ id }) => id)).toEqual(['routes', 'analyze']);
  });

  it('look for the route in no sidecar when it is one of gateways alone', () => {
    const task = mirroring();
    const [rule] = task.live.virtualServices;
    task.live.virtualServices = [{ ...rule!, spec: { ...rule!.spec, gateways: ['shop/ingress'] } }];
    expect(commandsOf(task).map(({ id }) => id)).not.toContain('proxy_routes');
    task.live.virtualServices = [{ ...rule!, spec: { ...rule!.spec, gateways: ['shop/ingress', 'mesh'] } }];
    expect(commandsOf(task).map(({ id }) => id)).toContain('proxy_routes');
  });

  it('keep every kind of label selector, as kubectl reads it', () => {
    const picky = structuredClone(live);
    picky.spec.selector = {
      matchLabels: { app: 'reviews' },
      matchExpressions: [
        { key: 'version', operator: 'In', values: ['v1', 'v1-1'] },
        { key: 'track', operator: 'NotIn', values: ['canary'] },
        { key: 'tier', operator: 'Exists' },
        { key: 'old', operator: 'DoesNotExist' },
      ],
    };
    expect(byId(commandsOf(mirroring(), [picky]))['live_logs']).toContain(
      "-l 'app=reviews,version in (v1,v1-1),track notin (canary),tier,!old' ",
    );
  });

  it('take the container that kubectl would, and never the mesh’s', () => {
    const several = structuredClone(live);
    several.spec.template.spec.containers = [{ name: 'istio-proxy' }, { name: 'agent' }, { name: 'web' }];
    expect(byId(commandsOf(mirroring(), [several]))['live_logs']).toContain('-c agent ');
    several.spec.template.metadata = { annotations: { 'kubectl.kubernetes.io/default-container': 'web' } };
    expect(byId(commandsOf(mirroring(), [several]))['live_logs']).toContain('-c web ');
  });
});
