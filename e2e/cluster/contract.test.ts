import { describeKubernetesContract } from '../contract/kubernetes-contract.ts';
import { startCluster } from './cluster.ts';

describeKubernetesContract('a real API server', async () => {
  const { kubeconfig, stop } = await startCluster();
  return { kubeconfig, stop, image: 'my-app:v1.0' };
});
