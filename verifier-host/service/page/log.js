// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * log.js - the verifier's log: what its lines are, where it failed, and a view
 * of it that stays quick with some hundred thousand lines.
 */
import { save } from "./api.js";

/*
 * kernel/bpf/log.c and verifier.c: verbose_linfo() prints "; source" (since
 * 6.9 with " @ file:line") before the instructions of that line,
 * print_verifier_state() registers on a line of their own or behind the
 * instruction.  "-- program 'x'" is vorw's (verifier-host/verdict.c).
 */
const KINDS = [
	["part", /^-- /],
	["source", /^; ?/],
	["insn", /^\d+: \([0-9a-f]{2}\) /],
	["state", /^(\d+: |from \d+ to \d+( \(speculative execution\))?: |frame\d+: | )*(R\d+(_[rw]+)?=|fp-?\d+|caller:|callee:|refs=)/],
	["state", /^\s*$|^\d+: *$|^from \d+ to \d+: *(safe)?$|^safe$/],
	["note", /^(processed \d|insns processed|verification time|stack depth|libbpf: |func#|last_idx |regs=|parent |first_idx |mark_precise|propagating |returning from |to caller |Func#|Validating |btf_vmlinux is malformed|reg type unsupported for arg)/],
];

export function kindOf(line) {
	return KINDS.find(([, is]) => is.test(line))?.[0] ?? "message";
}

/*
 * Where the verifier said no, in the last program that it was given: the lines
 * of the message, the instruction and the source line before it (-1: none in
 * the log).  null: there is no message.
 */
export function findFailure(lines) {
	let end = lines.indexOf("-- libbpf");
	if (end < 0)
		end = lines.length;
	let last = end - 1;
	while (last >= 0 && kindOf(lines[last]) !== "message" && kindOf(lines[last]) !== "part")
		last--;
	if (last < 0 || kindOf(lines[last]) === "part")
		return null;
	let first = last;
	while (first > 0 && kindOf(lines[first - 1]) === "message")
		first--;
	const before = (kind) => {
		for (let i = first - 1; i >= 0; i--) {
			const k = kindOf(lines[i]);
			if (k === kind)
				return i;
			if (k === "part")
				break;
		}
		return -1;
	};
	return { first, last, insn: before("insn"), source: before("source") };
}

const BLOCK = 250;		/* lines that are put in and taken out together */
const BLOCKS_KEPT = 24;
const LINE_MAX = 4000;		/* characters of a line that are shown */
const SLICE_MS = 12;

/* fn(i) for 0 to n, without keeping the page from anything else.  Is it still
 * wanted at the end? */
async function inSlices(n, wanted, fn) {
	let until = performance.now() + SLICE_MS;

	for (let i = 0; i < n; i++) {
		if ((i & 255) === 0 && performance.now() > until) {
			await new Promise((go) => setTimeout(go));
			if (!wanted())
				return false;
			until = performance.now() + SLICE_MS;
		}
		fn(i);
	}
	return wanted();
}

const SHOWN = {
	all: () => true,
	states: (kind) => kind !== "state",
	source: (kind) => kind === "source" || kind === "message" || kind === "part",
};

export class LogView {
	#lines = [];
	#shown = null;		/* indices of lines; null: all */
	#matches = [];
	#match = -1;
	#query = "";
	#failure = null;
	#round = 0;		/* a newer filtering ends an older one */
	#blocks = [];
	#name = "";
	#text = "";
	#ui;
	#say;
	#near;

	/* ui: elements by what they do; say: to the live region */
	constructor(ui, say) {
		let timer;

		this.#ui = ui;
		this.#say = say;
		this.#near = new IntersectionObserver((seen) => {
			for (const { target } of seen.filter((s) => s.isIntersecting)) {
				this.#fill(target);
				this.#trim(target.index);
			}
		}, { root: ui.view, rootMargin: "800px" });
		ui.find.addEventListener("input", () => {
			clearTimeout(timer);
			timer = setTimeout(() => this.#filter(), 150);
		});
		ui.find.addEventListener("keydown", (e) => {
			if (e.key !== "Enter")
				return;
			e.preventDefault();
			this.#step(e.shiftKey ? -1 : 1);
		});
		ui.next.addEventListener("click", () => this.#step(1));
		ui.prev.addEventListener("click", () => this.#step(-1));
		ui.show.addEventListener("change", () => this.#filter());
		ui.only.addEventListener("change", () => this.#filter());
		ui.wrap.addEventListener("change", () => {
			const at = this.#topLine();
			ui.view.classList.toggle("wrap", ui.wrap.checked);
			this.#lay(at);
		});
		ui.jump.addEventListener("click", () => this.toFailure());
		ui.save.addEventListener("click", () =>
			save(new Blob([this.#text], { type: "text/plain" }), this.#name));
		ui.copy.addEventListener("click", () => this.#copy());
	}

	/* refused: look for the failure.  Returns where it is, with its lines. */
	set(text, name, refused) {
		const lines = text.split("\n");
		if (lines.at(-1) === "")
			lines.pop();
		this.#text = text;
		this.#name = name;
		this.#lines = lines;
		this.#failure = refused ? findFailure(lines) : null;
		this.#ui.find.value = "";
		this.#ui.only.checked = false;
		this.#ui.show.value = "all";
		this.#ui.jump.hidden = !this.#failure;
		this.#ui.size.textContent = `${lines.length.toLocaleString("en")} lines, ${bytes(text.length)}`;
		this.#round++;
		this.#shown = null;
		this.#matches = [];
		this.#match = -1;
		this.#query = "";
		this.#count();
		const f = this.#failure;
		this.#lay(f ? this.#failing() : 0);
		return f && { ...f, text: (i) => lines[i] ?? "" };
	}

	/* The line that is marked first: that of the source, if there is one. */
	#failing() {
		const f = this.#failure;
		return f.source >= 0 ? f.source : f.insn >= 0 ? f.insn : f.first;
	}

	async toFailure() {
		if (this.#shown) {
			this.#ui.show.value = "all";
			this.#ui.only.checked = false;
			await this.#filter();
		}
		this.#go(this.#failing(), true);
	}

	/* Index of the line at the top of the view, about. */
	#topLine() {
		const top = this.#ui.view.scrollTop;
		const block = this.#blocks.findLast((b) => b.offsetTop <= top) ?? this.#blocks[0];
		if (!block)
			return 0;
		const row = Math.floor((top - block.offsetTop) / (block.offsetHeight / block.rows));
		return this.#line(block.from + Math.min(Math.max(row, 0), block.rows - 1));
	}

	#rows() {
		return this.#shown ? this.#shown.length : this.#lines.length;
	}

	#line(row) {
		return this.#shown ? this.#shown[row] : row;
	}

	/* The row of a line, or where it would be. */
	#row(line) {
		if (!this.#shown)
			return line;
		let low = 0, high = this.#shown.length;
		while (low < high) {
			const mid = (low + high) >> 1;
			if (this.#shown[mid] < line)
				low = mid + 1;
			else
				high = mid;
		}
		return Math.min(low, this.#shown.length - 1);
	}

	/* Empty blocks as high as what belongs into them; around line they are
	 * filled at once, the others when they come near. */
	#lay(line) {
		const view = this.#ui.view;
		const height = parseFloat(getComputedStyle(view).lineHeight);

		this.#near.disconnect();
		this.#blocks = [];
		for (let from = 0; from < this.#rows(); from += BLOCK) {
			const block = document.createElement("ol");
			block.from = from;
			block.rows = Math.min(BLOCK, this.#rows() - from);
			block.index = this.#blocks.length;
			block.style.minHeight = `${block.rows * height}px`;
			this.#blocks.push(block);
		}
		if (this.#rows()) {
			view.replaceChildren(...this.#blocks);
		} else {
			const none = document.createElement("p");
			none.className = "none";
			none.textContent = this.#lines.length ? "No such line." : "The log is empty.";
			view.replaceChildren(none);
		}
		for (const block of this.#blocks)
			this.#near.observe(block);
		view.scrollTop = 0;
		if (this.#rows())
			this.#go(line, false);
	}

	#fill(block) {
		if (block.filled)
			return;
		const items = [];
		for (let i = block.from; i < block.from + block.rows; i++)
			items.push(this.#item(this.#line(i)));
		block.replaceChildren(...items);
		block.filled = true;
		block.style.minHeight = "";
	}

	/* Empty those that are farthest from a block, when too many are filled. */
	#trim(index) {
		const filled = this.#blocks.filter((b) => b.filled);

		if (filled.length <= BLOCKS_KEPT)
			return;
		filled.sort((a, b) => Math.abs(b.index - index) - Math.abs(a.index - index));
		const far = filled.slice(0, filled.length - BLOCKS_KEPT);
		const heights = far.map((b) => b.offsetHeight);
		far.forEach((block, i) => {
			block.style.minHeight = `${heights[i]}px`;
			block.replaceChildren();
			block.filled = false;
			/* so that it is told of again */
			this.#near.unobserve(block);
			this.#near.observe(block);
		});
	}

	#item(i) {
		const li = document.createElement("li");
		const f = this.#failure;
		let line = this.#lines[i];
		const kind = kindOf(line);
		const cut = line.length - LINE_MAX;

		li.value = i + 1;
		li.dataset.n = i + 1;
		li.className = `line-${kind}`;
		if (cut > 0)
			line = line.slice(0, LINE_MAX);
		if (f && i === f.source)
			this.#mark(li, "failing source line");
		else if (f && i === f.insn)
			this.#mark(li, "failing instruction");
		else if (f && i >= f.first && i <= f.last)
			this.#mark(li, "why it was refused");
		const state = kind === "insn" ? line.search(/\s+; /) : -1;
		this.#put(li, "", state < 0 ? line : line.slice(0, state));
		if (state >= 0)
			this.#put(li, "regs", line.slice(state));
		if (cut > 0)
			this.#put(li, "regs", ` … and ${cut} characters more`);
		return li;
	}

	#mark(li, what) {
		const note = document.createElement("span");

		note.className = "hidden";
		note.textContent = `${what}: `;
		li.classList.add("failure");
		li.append(note);
	}

	/* Text, with what is looked for set apart. */
	#put(li, name, text) {
		const span = document.createElement("span");
		const low = text.toLowerCase();
		let at = 0, hit;

		span.className = name;
		while (this.#query && (hit = low.indexOf(this.#query, at)) >= 0) {
			const mark = document.createElement("mark");
			mark.textContent = text.slice(hit, hit + this.#query.length);
			span.append(text.slice(at, hit), mark);
			at = hit + this.#query.length;
		}
		span.append(text.slice(at));
		li.append(span);
	}

	#go(line, focus) {
		const row = this.#row(line);
		const block = this.#blocks[Math.floor(row / BLOCK)];
		const view = this.#ui.view;

		if (!block)
			return;
		this.#fill(block);
		const li = block.children[row - block.from];
		view.querySelector(".current")?.classList.remove("current");
		view.scrollTop += li.getBoundingClientRect().top - view.getBoundingClientRect().top -
				  view.clientHeight / 3;
		if (!focus)
			return;
		li.classList.add("current");
		li.tabIndex = -1;
		li.focus({ preventScroll: true });
		view.scrollIntoView({ block: "nearest" });
	}

	/* What is to be seen, and what matches. */
	async #filter() {
		const round = ++this.#round;
		const query = this.#ui.find.value.toLowerCase();
		const only = this.#ui.only.checked && query !== "";
		const shows = SHOWN[this.#ui.show.value];
		const shown = [], matches = [];
		const at = this.#blocks.length ? this.#topLine() : 0;

		const done = await inSlices(this.#lines.length, () => round === this.#round, (i) => {
			if (shows !== SHOWN.all && !shows(kindOf(this.#lines[i])))
				return;
			const match = query !== "" && this.#lines[i].toLowerCase().includes(query);
			if (match)
				matches.push(i);
			if (!only || match)
				shown.push(i);
		});
		if (!done)
			return;
		this.#shown = shown.length === this.#lines.length ? null : shown;
		this.#matches = matches;
		this.#match = -1;
		this.#query = query;
		this.#count();
		this.#lay(query && matches.length && !only ? matches.find((m) => m >= at) ?? matches[0] : at);
	}

	#count() {
		const n = this.#matches.length;
		const of = n.toLocaleString("en");

		this.#ui.next.disabled = this.#ui.prev.disabled = !n;
		this.#ui.count.textContent = !this.#query ? "" : !n ? "no match" :
			this.#match < 0 ? `${of} ${n === 1 ? "match" : "matches"}` :
			`${(this.#match + 1).toLocaleString("en")} of ${of}`;
	}

	#step(by) {
		const n = this.#matches.length;

		if (!n)
			return;
		this.#match = this.#match < 0 ? (by > 0 ? 0 : n - 1) : (this.#match + by + n) % n;
		this.#count();
		const find = document.activeElement === this.#ui.find;
		this.#go(this.#matches[this.#match], true);
		if (find)	/* so that Enter goes on */
			this.#ui.find.focus({ preventScroll: true });
	}

	async #copy() {
		try {
			await navigator.clipboard.writeText(this.#text);
			this.#say("The log is in the clipboard.");
			this.#ui.copy.textContent = "Copied";
		} catch {
			this.#say("The browser does not let this page write to the clipboard.");
			this.#ui.copy.textContent = "Not allowed";
		}
		setTimeout(() => { this.#ui.copy.textContent = "Copy"; }, 2000);
	}
}

export function bytes(n) {
	const units = ["bytes", "KiB", "MiB", "GiB"];
	let u = 0;

	for (; n >= 1024 && u < 3; u++)
		n /= 1024;
	return `${u ? n.toFixed(1) : n} ${units[u]}`;
}
