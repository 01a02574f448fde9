import { expect, type Page } from '@playwright/test';

/** Names of the wizard's steps, as the address has them. */
const steps = ['basics', 'service', 'version', 'strategy', 'review'] as const;

/** What the wizard asks for in each step, in either language. */
const answers: Partial<Record<(typeof steps)[number], (page: Page) => Promise<void>>> = {
  basics: (page) => page.getByRole('textbox', { name: /^(Task name|任务名称)/ }).fill('reviews-try'),
  service: (page) => expect(page.getByRole('radio', { name: 'reviews', exact: true })).toBeChecked(),
  version: (page) =>
    page.getByRole('textbox', { name: /^(Image|镜像)/ }).fill('kubesphere/examples-bookinfo-reviews-v2:1.16.2'),
};

/** Fills in the wizard for a new version of reviews step by step; `visit` looks at each step once it is filled in. */
export async function throughWizard(
  page: Page,
  visit: (step: string) => Promise<void> = async () => {},
): Promise<void> {
  await page.goto('/tasks/new?namespace=demo-project&service=reviews');
  for (const [index, step] of steps.entries()) {
    if (index > 0) await page.getByRole('button', { name: /^(Next|下一步)/ }).click();
    if (index > 0) await expect(page).toHaveURL(new RegExp(`step=${step}`));
    await answers[step]?.(page);
    await visit(step);
  }
}
