import { expect, type Page } from '@playwright/test';

interface Named {
  namespace: string;
  name: string;
}

/** Presses Delete on the task's page and answers its question with the task's name. */
export async function askToDelete(page: Page, { name }: Named): Promise<void> {
  await page.getByRole('button', { name: /^(?:删除|Delete)$/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill(name);
  await dialog.getByRole('button', { name: /^(?:删除任务|Delete task)$/ }).click();
}

/** Deletes the task on its page, and waits until that leads back to the list. */
export async function deleteHere(page: Page, task: Named): Promise<void> {
  await askToDelete(page, task);
  await page.waitForURL(`**/tasks?namespace=${task.namespace}`, { timeout: 90_000 });
}

/** Finishes a task without a workload of its own on its page, and waits for its report. */
export async function finishHere(page: Page, { name }: Named): Promise<void> {
  await page.getByRole('button', { name: '结束', exact: true }).click();
  const drawer = page.getByRole('dialog', { name: `结束 ${name}` });
  await drawer.getByRole('button', { name: '结束任务' }).click();
  await expect(page.getByRole('region', { name: '报告', exact: true })).toBeVisible({ timeout: 90_000 });
}
