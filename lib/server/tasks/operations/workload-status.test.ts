import { describe, expect, test } from 'vitest';
import type { ContainerStatus, Deployment, Pod } from '@/lib/domain/kubernetes';
import { isReady, podStatusWord } from './workload-status';

const running = (name: string): ContainerStatus => ({ name, ready: true, state: { running: {} } });
const waiting = (name: string, reason: string): ContainerStatus => ({
  name,
  ready: false,
  state: { waiting: { reason } },
});
const ended = (name: string, reason: string): ContainerStatus => ({
  name,
  ready: false,
  state: { terminated: { reason } },
});

interface Shape {
  containers: ContainerStatus[];
  init?: ContainerStatus[];
  deleted?: boolean;
  ready?: boolean;
}

function podWith({ containers, init = [], deleted = false, ready = false }: Shape): Pod {
  const toSpec = ({ name }: ContainerStatus) => ({ name, ...(name === 'proxy' ? { restartPolicy: 'Always' } : {}) });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
    spec: { containers: containers.map(toSpec), initContainers: init.map(toSpec) },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: containers,
      initContainerStatuses: init,
    },
  };
}

describe('the word of a pod is kubectl’s', () => {
  test.each<[string, Shape]>([
    ['Running', { containers: [running('app'), running('istio-proxy')] }],
    [
      'ImagePullBackOff',
      { containers: [waiting('app', 'ImagePullBackOff'), waiting('istio-proxy', 'PodInitializing')] },
    ],
    ['CrashLoopBackOff', { containers: [running('app'), waiting('istio-proxy', 'CrashLoopBackOff')] }],
    ['Terminating', { containers: [running('app')], deleted: true }],
    ['OOMKilled', { containers: [ended('app', 'OOMKilled')] }],
    ['NotReady', { containers: [ended('app', 'Completed'), running('istio-proxy')] }],
    [
      'Init:0/2',
      { containers: [waiting('app', 'PodInitializing')], init: [running('a'), waiting('b', 'PodInitializing')] },
    ],
    ['Init:ErrImagePull', { containers: [waiting('app', 'PodInitializing')], init: [waiting('a', 'ErrImagePull')] }],
    ['Running', { containers: [running('app')], init: [ended('a', 'Completed'), running('proxy')] }],
  ])('%s', (word, shape) => {
    expect(podStatusWord(podWith(shape))).toBe(word);
  });
});

describe('a workload is ready', () => {
  const deployment = (status: Deployment['status'], generation = 2): Deployment => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', generation },
    spec: { replicas: 2, selector: {}, template: { spec: { containers: [] } } },
    ...(status ? { status } : {}),
  });
  const all = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2 };

  test.each<[string, Deployment['status'], boolean]>([
    ['when all replicas of its newest spec are', all, true],
    ['not before its controller has seen it', undefined, false],
    ['not while the controller looks at an older spec', { ...all, observedGeneration: 1 }, false],
    ['not while a replica is not ready', { ...all, readyReplicas: 1 }, false],
    ['not while replicas of the old spec stand', { ...all, replicas: 3, readyReplicas: 3 }, false],
  ])('%s', (_, status, expected) => {
    expect(isReady(deployment(status))).toBe(expected);
  });
});
