import { expect, test } from 'vitest';
import { reviews } from '@/components/targets/fixtures';
import { appsOf, filterServices } from './filter-services';

test('services are found by app and name, those that can be chosen first', () => {
  const services = [
    { ...reviews, name: 'zeta', app: null, eligible: true },
    { ...reviews, name: 'details', eligible: false },
    reviews,
  ];
  expect(appsOf(services)).toEqual([
    { app: 'bookinfo', count: 2 },
    { app: '', count: 1 },
  ]);
  expect(filterServices(services, null, '').map((service) => service.name)).toEqual(['reviews', 'zeta', 'details']);
  expect(filterServices(services, 'bookinfo', ' TAIL').map((service) => service.name)).toEqual(['details']);
  expect(filterServices(services, '', '').map((service) => service.name)).toEqual(['zeta']);
});
