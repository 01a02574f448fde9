import { reviews, reviewsV1 } from '@/components/targets/fixtures';
import { readChoices, type WizardFacts } from './choices';
import { emptyForm, type WizardForm } from './form-model';

/** What is known where reviews is the only service. */
export const facts: WizardFacts = { services: [reviews], deployments: [reviewsV1], nameTaken: false };

/** A form that has been filled in as the KubeSphere document does it. */
export const filled: WizardForm = { ...emptyForm, name: 'reviews-v2-shadow', service: 'reviews' };

export const choicesOf = (form: WizardForm, known: WizardFacts = facts) => readChoices(form, known);
