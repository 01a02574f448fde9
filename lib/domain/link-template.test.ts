import { describe, expect, it } from 'vitest';
import { fillLink, isLinkTemplate } from './link-template.ts';

describe('a link template', () => {
  it.each([
    'https://kiali.example.com/kiali/console/namespaces/{namespace}/services/{service}?duration=60',
    'http://grafana:3000/d/istio?var-namespace={namespace}&var-workload={mirror}#panel',
    'https://argocd.example.com',
    'http://[::1]:8080/{task}/{primary}',
  ])('may be %s', (template) => {
    expect(isLinkTemplate(template)).toBe(true);
  });

  it.each([
    ['javascript:alert(1)//{namespace}', 'another scheme'],
    ['data:text/html,x', 'another scheme'],
    ['//kiali.example.com/{namespace}', 'no scheme'],
    ['https://{namespace}.example.com/', 'a host made of a value'],
    ['https://kiali.example.com{namespace}/', 'a host made of a value'],
    ['https://user:pass@kiali.example.com/', 'a user'],
    ['https://kiali.example.com/{name}', 'an unknown placeholder'],
    ['https://kiali.example.com/{}', 'an empty placeholder'],
    ['https://kiali.example.com/{namespace', 'an open brace'],
    ['https://kiali.example.com/{{namespace}}', 'braces in braces'],
    ['https://kiali.example.com/a b', 'a space'],
    ['https://kiali.example.com\\@evil.example.com/', 'a backslash'],
    ['https://kiali.example.com/"onclick', 'a quote'],
    ['https://', 'no host'],
    ['kiali', 'no address'],
  ])('may not be %s: %s', (template) => {
    expect(isLinkTemplate(template)).toBe(false);
  });
});

describe('a link', () => {
  const values = { namespace: 'demo', service: 'reviews', task: 't', primary: 'reviews-v1', mirror: null };

  it('has each value URL-encoded, so that none can leave its place', () => {
    const template = 'https://kiali.example.com/ns/{namespace}?s={service}&ns={namespace}';
    expect(fillLink(template, values)).toBe('https://kiali.example.com/ns/demo?s=reviews&ns=demo');
    const hostile = { ...values, namespace: '../admin', service: 'x&admin=1#"><script>' };
    const url = new URL(fillLink(template, hostile)!);
    expect(url.host).toBe('kiali.example.com');
    expect(url.pathname).toBe('/ns/..%2Fadmin');
    expect(url.searchParams.get('s')).toBe(hostile.service);
    expect(url.searchParams.has('admin')).toBe(false);
  });

  it('is absent where the task lacks what it names, never half filled in', () => {
    expect(fillLink('https://grafana.example.com/{mirror}', values)).toBeNull();
    expect(fillLink('https://grafana.example.com/', values)).toBe('https://grafana.example.com/');
  });
});
