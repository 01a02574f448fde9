/** The container images that the sandbox can "pull", and how their workloads behave. */
import type { ImageBehaviour } from '../core/objects.ts';

const web = (latencyMsP50: number, latencyMsP99: number, errorRate = 0.001, readySeconds = 4): ImageBehaviour => ({
  readySeconds,
  latencyMsP50,
  latencyMsP99,
  errorRate,
});

const bookinfo = 'kubesphere/examples-bookinfo-';

/** Repository (as written, without registry aliases) to behaviour; a tag is given where it matters. */
const images: Readonly<Record<string, ImageBehaviour>> = {
  [`${bookinfo}productpage-v1:1.16.2`]: web(24, 110),
  [`${bookinfo}details-v1:1.16.2`]: web(4, 18),
  [`${bookinfo}ratings-v1:1.16.2`]: web(3, 15),
  [`${bookinfo}reviews-v1:1.16.2`]: web(12, 60, 0.002),
  // v2 asks ratings for stars: a little slower, and it fails a little more often.
  [`${bookinfo}reviews-v2:1.16.2`]: web(17, 95, 0.006),
  [`${bookinfo}reviews-v3:1.16.2`]: web(16, 85, 0.003),
  'kennethreitz/httpbin': web(5, 30, 0, 3),
  'curlimages/curl': web(1, 2, 0, 1),
  'my-app:v1.0': web(9, 45),
  'my-app:v2.0': web(7, 38, 0.002),
  nginx: web(1, 5, 0, 2),
  'mongo:7.0': web(2, 10, 0, 5),
  'redis:7.2': web(1, 3, 0, 2),
  'example/inventory:1.4': web(14, 70),
  'example/reports:2.1': web(30, 200, 0.004),
  'istio/pilot:1.26.2': web(1, 5, 0, 3),
  'istio/proxyv2:1.26.2': web(1, 4, 0, 2),
};

const registries = /^(?:docker\.io\/|index\.docker\.io\/|registry-1\.docker\.io\/)(?:library\/)?/;

/**
 * Behaviour of an image, or undefined for one that cannot be pulled. An entry without a tag knows every
 * tag of its repository, an entry with one only that tag.
 */
export function imageBehaviour(image: string): ImageBehaviour | undefined {
  const reference = image.replace(registries, '');
  const repository = reference.replace(/(?:@.*|:[^/:]+)$/, '');
  return images[reference] ?? images[repository];
}
