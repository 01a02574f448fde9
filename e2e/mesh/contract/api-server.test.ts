import { inject } from 'vitest';
import { describeKubernetesContract } from '../../contract/kubernetes-contract.ts';

describeKubernetesContract(
  'the mesh lab',
  async () => ({
    kubeconfig: inject('lab').kubeconfig,
    image: 'my-app:v1.0',
    // The lab is every file's.
    stop: async () => undefined,
  }),
  { hasIstio: true },
);
