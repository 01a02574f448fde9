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

/** Presses the button that leads to the wizard's next step, and waits until that step is shown. */
export async function goOn(page: Page, step: string): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`^(?:下一步：|Next: )${step}$`) }).click();
  await expect(
    page
      .getByRole('listitem')
      .filter({ hasText: step })
      .filter({ hasText: /当前|Current/ }),
  ).toBeVisible();
}

/** Opens the wizard in Chinese and goes on to the choice of the target. */
export async function toTarget(page: Page, { namespace, name, service }: WizardTask): Promise<void> {
  await page.goto(`/tasks/new?namespace=${namespace}`);
  await page.getByRole('textbox', { name: '任务名称' }).fill(name);
  await goOn(page, '服务设置');
  await page.getByRole('radio', { name: service, exact: true }).check();
  await goOn(page, '新版本');
}

/** What the wizard asks for before the target. */
export interface WizardTask {
  namespace: string;
  name: string;
  service: string;
}

/** Has every request copied to what is not the task's, as the documents do, in answer to the question about that. */
export async function copyWritesAsWell(page: Page): Promise<void> {
  const readsOnly = page.getByRole('checkbox', { name: /只镜像不改变数据的请求/ });
  await expect(readsOnly).toBeChecked();
  await readsOnly.click();
  await page.getByRole('dialog').getByRole('button', { name: '连写请求一起镜像' }).click();
  await expect(readsOnly).not.toBeChecked();
}

/** Presses Create in the review, and waits until the task's page is shown. */
export async function createHere(
  page: Page,
  { namespace, name }: Pick<WizardTask, 'namespace' | 'name'>,
): Promise<void> {
  await page.getByRole('button', { name: /^(?:创建|Create)$/ }).click();
  await page.waitForURL(`**/tasks/${namespace}/${name}*`);
}
