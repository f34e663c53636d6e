// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* look.js - run in the page by page.py: what is drawn there, as numbers. */
(() => {
	const rgba = (text) => {
		const n = (text.match(/[\d.]+%?/g) ?? []).map(Number);
		return n.length < 3 ? [0, 0, 0, 0] : [n[0], n[1], n[2], n[3] ?? 1];
	};
	const over = (top, under) => {
		const a = top[3] + under[3] * (1 - top[3]);
		return [0, 1, 2].map((i) => a ? (top[i] * top[3] + under[i] * under[3] * (1 - top[3])) / a : 0)
			.concat(a);
	};
	/* WCAG 2.2, "relative luminance" and "contrast ratio" */
	const light = (c) => {
		const [r, g, b] = c.slice(0, 3).map((v) => v / 255)
			.map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const ratio = (a, b) => {
		const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
		return (x + 0.05) / (y + 0.05);
	};
	const behind = (e) => {
		let c = [0, 0, 0, 0];
		for (; e; e = e.parentElement)
			c = over(c, rgba(getComputedStyle(e).backgroundColor));
		return over(c, [255, 255, 255, 1]);
	};
	const seen = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
		!e.closest(".hidden, .skip");
	const name = (e) => `${e.tagName.toLowerCase()}${e.id ? `#${e.id}` : ""}` +
		`${typeof e.className === "string" && e.className ? `.${e.className.replace(/ /g, ".")}` : ""}`;

	/* Text and edges of controls that have too little contrast; how many were
	 * looked at. */
	const contrast = () => {
		const bad = [];
		let n = 0;
		const one = (e, what, ratio, least) => {
			n++;
			if (ratio < least)
				bad.push(`${name(e)} ${what}: ${ratio.toFixed(2)}, not ${least}`);
		};
		const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		while (texts.nextNode()) {
			const e = texts.currentNode.parentElement;
			if (!texts.currentNode.data.trim() || !seen(e) || e.closest(":disabled, noscript, template"))
				continue;
			const s = getComputedStyle(e), back = behind(e);
			const px = parseFloat(s.fontSize), big = px >= 24 || (px >= 18.66 && s.fontWeight >= 700);
			one(e, `"${texts.currentNode.data.trim().slice(0, 20)}"`,
			    ratio(over(rgba(s.color), back), back), big ? 3 : 4.5);
		}
		for (const e of document.querySelectorAll("li")) {
			const s = getComputedStyle(e, "::before");
			if (!seen(e) || s.content === "none" || s.content === "normal")
				continue;
			const back = over(rgba(s.backgroundColor), behind(e));
			one(e, "::before", ratio(rgba(s.color), back), 4.5);
		}
		for (const e of document.querySelectorAll("input:not([type=file], [type=checkbox]), select, button, .drop")) {
			const s = getComputedStyle(e);
			if (!seen(e) || e.disabled || parseFloat(s.borderTopWidth) === 0)
				continue;
			const around = behind(e.parentElement);
			one(e, "edge", Math.max(ratio(over(rgba(s.borderTopColor), around), around),
						ratio(behind(e), around)), 3);
		}
		return { bad, n };
	};
	/* Does the page itself scroll sideways, or anything stick out of it? */
	const wide = () => {
		const most = document.documentElement.clientWidth;
		const out = [...document.querySelectorAll("body *")].filter((e) => seen(e) &&
			!e.parentElement.closest(".view, .scroll, .code") &&
			e.getBoundingClientRect().right > most + 0.5).map(name);
		return { scroll: document.documentElement.scrollWidth - most, out };
	};
	/* What has the focus, and whether one sees that. */
	const focus = () => {
		const e = document.activeElement;
		if (!e || e === document.body)
			return null;
		const s = getComputedStyle(e);
		const r = e.getBoundingClientRect();
		return { name: name(e), id: e.id, text: e.innerText?.trim() ?? "",
			 ring: parseFloat(s.outlineWidth) >= 2 && s.outlineStyle !== "none" &&
			       ratio(rgba(s.outlineColor), behind(e.parentElement)) >= 3,
			 there: r.width > 0 && r.bottom > 0 && r.top < innerHeight };
	};
	globalThis.look = { contrast, wide, focus };
})();
