import type { Kube } from '../../kube.ts';
import { waitFor } from '../../cluster/control-plane.ts';
import type { Istiod } from './istiod.ts';

/**
 * Has the API server ask istiod about every object of Istio's, as Istio's installation does
 * (manifests/charts/base/templates/defaultrevision-validatingwebhookconfiguration.yaml). Resolves when it is asked.
 */
export async function installValidation(kube: Kube, { validation }: Istiod): Promise<void> {
  const apiGroups = ['security.istio.io', 'networking.istio.io', 'telemetry.istio.io', 'extensions.istio.io'];
  await kube.send('POST', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'istiod-default-validator' },
    webhooks: [
      {
        name: 'validation.istio.io',
        clientConfig: { url: validation.url, caBundle: Buffer.from(validation.certificate).toString('base64') },
        rules: [{ operations: ['CREATE', 'UPDATE'], apiGroups, apiVersions: ['*'], resources: ['*'] }],
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  });
  const toNobody = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'to-nobody' },
    spec: { hosts: ['nobody'], http: [{}] },
  };
  await waitFor('Istio’s validation', () =>
    kube.send('POST', '/apis/networking.istio.io/v1/namespaces/default/virtualservices?dryRun=All', toNobody).then(
      () => false,
      (refusal: unknown) => String(refusal).includes('denied the request'),
    ),
  );
}
