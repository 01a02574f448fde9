import { sameJson } from '@/lib/domain/structure';
import { parsePercentage } from '@/lib/domain/percentage';
import type { WizardChoices } from './choices';
import { testUsers, toMatchInput } from '@/components/request-match/conditions';
import type { WizardForm } from './form-model';
import { copiesReadsOnly, isProtectable, proposesReadsOnly, takesGrpcAlone } from './safety';

/** What a use case sets; all of it can be changed afterwards. */
export interface UseCase {
  id: 'new_version' | 'benchmark' | 'shadow' | 'compare' | 'test_users';
  /** Percent, within the range that the guide has for it (section 6.1). */
  percentage: string;
  /** Only requests that change nothing: refused writes would make the mirror look faster than it is. */
  readsOnly: boolean;
  /** The mirror's application sees which requests are copies. */
  marker: boolean;
  /** Only requests of the guide's test users (section 4.1). */
  testUsers: boolean;
}

/** The use cases of the mirroring guide: the four of section 1, and the conditional mirror of 4.1. */
export const guideUseCases: readonly UseCase[] = [
  { id: 'new_version', percentage: '5', readsOnly: false, marker: false, testUsers: false },
  { id: 'benchmark', percentage: '100', readsOnly: true, marker: false, testUsers: false },
  { id: 'shadow', percentage: '30', readsOnly: false, marker: true, testUsers: false },
  { id: 'compare', percentage: '50', readsOnly: true, marker: false, testUsers: false },
  { id: 'test_users', percentage: '100', readsOnly: false, marker: false, testUsers: true },
];

/** A use case as it fits service and targets: of gRPC alone reads are nothing, and nobody else’s proxies mark copies. */
export function fitted(useCase: UseCase, form: WizardForm, choices: WizardChoices): UseCase {
  const marker = useCase.marker && isProtectable(form);
  return { ...useCase, marker, readsOnly: useCase.readsOnly && !takesGrpcAlone(form, choices) };
}

/**
 * The form with what the use case sets. Whether writes are denied is proposed anew; other conditions stay, or come back
 * once the test users are no longer wanted.
 */
export function withUseCase(form: WizardForm, useCase: UseCase): WizardForm {
  const { percentage, readsOnly, marker } = useCase;
  // What keeps writes away is proposed anew: no use case asks for writes to be copied.
  return {
    ...form,
    percentage,
    readsOnly: readsOnly || null,
    marker,
    denyWrites: null,
    ...conditionsFor(form, useCase),
  };
}

function conditionsFor(form: WizardForm, useCase: UseCase): Pick<WizardForm, 'conditions' | 'setAside'> {
  const { conditions, setAside } = form;
  if (isTestUsers(form) === useCase.testUsers) return { conditions, setAside };
  return useCase.testUsers
    ? { conditions: [testUsers([])], setAside: conditions }
    : { conditions: setAside, setAside: [] };
}

/** The use case that the form is set to; null when it was changed since, or none was picked. */
export function pickedUseCase(form: WizardForm, choices: WizardChoices): UseCase['id'] | null {
  const found = guideUseCases.find((useCase) => {
    const { percentage, readsOnly, marker, testUsers: selects } = fitted(useCase, form, choices);
    return (
      sameJson(parsePercentage(form.percentage), parsePercentage(percentage)) &&
      copiesReadsOnly(form, choices) === (readsOnly || proposesReadsOnly(form, choices)) &&
      (form.marker && isProtectable(form)) === marker &&
      form.denyWrites === null &&
      isTestUsers(form) === selects
    );
  });
  return found?.id ?? null;
}

function isTestUsers({ conditions }: WizardForm): boolean {
  return sameJson(toMatchInput(conditions), toMatchInput([testUsers([])]));
}
