/** Short notes at the foot of the page, read out by screen readers as they appear. */

export interface Notice {
  id: number;
  text: string;
  wrong: boolean;
  action: { label: string; run: () => void } | null;
}

class Notices {
  list = $state<Notice[]>([]);
  #last = 0;

  say(text: string, action: Notice["action"] = null): void {
    this.#add({ text, action, wrong: false }, action ? 12_000 : 6_000);
  }

  warn(text: string): void {
    this.#add({ text, action: null, wrong: true }, 12_000);
  }

  /** Does what the latest note that offers something offers; this is always to undo. */
  undo(): void {
    const last = this.list.findLast(({ action }) => action);
    if (!last) return;
    this.dismiss(last.id);
    last.action?.run();
  }

  dismiss(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }

  #add(notice: Omit<Notice, "id">, forMs: number): void {
    const id = ++this.#last;
    this.list = [...this.list.slice(-2), { ...notice, id }];
    setTimeout(() => this.dismiss(id), forMs);
  }
}

export const notices = new Notices();
