'use client';
import { useTranslations } from 'next-intl';
import { useId } from 'react';
import { Alert } from '@/components/ui/alert';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/choice';
import { fieldMark } from '@/components/ui/focus-field';
import { Group } from '@/components/ui/group';
import { useMessageText } from '@/lib/client/use-error-text';
import type { PlanRoute } from '@/lib/contract/task';
import { shortRouteName } from '@/lib/domain/route-choice';
import type { RouteChoice as Choice } from '@/lib/domain/task';
import { goneRoutes, isRouteChosen, withRoute } from './model/routes';
import { useProblemText } from './problem-text';
import { useProposal } from './use-proposal';
import type { Wizard } from './use-wizard';

/** The routes that lead to the service, what each takes, and which are copied. Nothing to choose: nothing is shown. */
export function RouteChoice({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.strategy');
  const textOf = useProblemText();
  const routes = useProposal(wizard, null).plan?.routes ?? [];
  const chosen = wizard.form.routes;
  if (routes.length === 0 && chosen === null) return null;
  const choose = (next: Choice[] | null): void => wizard.update((form) => ({ ...form, routes: next }));
  const error = textOf(wizard.problemOf('routes'));
  const gone = routes.length === 0 ? [] : goneRoutes(chosen, routes);
  return (
    <Group
      title={t('routes')}
      lead={t('routesLead')}
      end={
        chosen !== null && (
          <Button size="small" onClick={() => choose(null)}>
            {t('routesAll')}
          </Button>
        )
      }
    >
      <fieldset {...fieldMark('routes')} tabIndex={-1} aria-label={t('routes')} className="grid gap-2">
        {error && <Alert tone="bad" title={error} live />}
        {gone.map(({ namespace, virtualService, route }) => (
          <Alert key={`${namespace} ${virtualService} ${route}`} tone="warn">
            {t('routeGone', { route: shortRouteName(route), name: virtualService, namespace })}
          </Alert>
        ))}
        {routes.map((route) => (
          <Route
            key={`${route.namespace} ${route.virtualService} ${route.route}`}
            route={route}
            checked={isRouteChosen(chosen, route)}
            onChange={(on) => choose(withRoute(chosen, routes, route, on))}
          />
        ))}
      </fieldset>
      {chosen !== null && <p className="mt-2 text-xs text-ink-3">{t('someRoutes')}</p>}
    </Group>
  );
}

function Route({ route, checked, onChange }: { route: PlanRoute; checked: boolean; onChange: (on: boolean) => void }) {
  const t = useTranslations('wizard.strategy');
  const text = useMessageText();
  const id = useId();
  const words = route.match.map((conditions) =>
    conditions.map((condition) => text('reason', condition)).join(t('routeAnd')),
  );
  return (
    <div className="panel grid gap-1">
      <div className="flex flex-wrap items-center gap-2">
        <Checkbox
          checked={checked}
          disabled={!route.canMirror}
          aria-describedby={id}
          onChange={(event) => onChange(event.target.checked)}
        >
          <span className="font-semibold [overflow-wrap:anywhere]">
            {t('routeName', {
              route: shortRouteName(route.route),
              name: route.virtualService,
              namespace: route.namespace,
            })}
          </span>
        </Checkbox>
        <span className="ml-auto flex flex-wrap gap-1">
          {route.gateways.map((gateway) => (
            <Badge key={gateway} tone="idle">
              {gateway === 'mesh' ? t('routeMesh') : t('routeGateway', { gateway })}
            </Badge>
          ))}
        </span>
      </div>
      <p id={id} className="text-xs text-ink-2">
        {words.length === 0 ? t('routeAny') : words.join(t('routeOr'))}
        {route.reason && <span className="mt-1 block font-medium text-warn-ink">{text('reason', route.reason)}</span>}
      </p>
    </div>
  );
}
