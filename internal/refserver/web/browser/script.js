// What pages do with scripts: copy buttons, printing, and the warning before an idle
// session ends. Every page works without.
"use strict";

for (const button of document.querySelectorAll("[data-copy]")) {
	button.hidden = false;
	button.addEventListener("click", async () => {
		const source = document.getElementById(button.dataset.copy);
		try {
			await navigator.clipboard.writeText(source.innerText.trim());
			button.textContent = "Copied";
		} catch {
			getSelection().selectAllChildren(source);
			button.textContent = "Press Ctrl+C";
		}
	});
}

for (const button of document.querySelectorAll("[data-print]")) {
	button.hidden = false;
	button.addEventListener("click", () => print());
}

const warning = document.getElementById("idle-warning");

if (warning) {
	const address = warning.dataset.session;
	const text = warning.querySelector("p");
	let left = 0, warn = 0, readAt = 0, announced = false;

	const remaining = () => left - Math.floor((Date.now() - readAt) / 1000);

	const isChanged = (field) => {
		switch (field.type) {
		case "checkbox":
		case "radio":
			return field.checked !== field.defaultChecked;
		case "select-one":
			return field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected));
		default:
			return field.type !== "password" && field.value !== field.defaultValue;
		}
	};

	// The form that the user filled in is sent to be kept until after the sign-in, which
	// does nothing else, and without passwords.
	const keep = () => {
		const form = [...document.querySelectorAll("main form[method=post]")].find((one) => [...one.elements].some((field) => field.name && isChanged(field)));
		if (!form) {
			return false;
		}
		for (const field of form.elements) {
			field.disabled = field.type === "password";
		}
		form.insertAdjacentHTML("beforeend", '<input type="hidden" name="sign-in" value="again">');
		form.submit();
		return true;
	};

	const leave = () => {
		if (keep()) {
			return;
		}
		const here = location.pathname.slice(warning.dataset.base.length) + location.search;
		location.assign(warning.dataset.signIn + "?ended=idle&next=" + encodeURIComponent(here));
	};

	// Another window may have used the session, so the server is asked before a warning
	// and before the end.
	const ask = async () => {
		const response = await fetch(address, {cache: "no-store"});
		({left, warn} = await response.json());
		readAt = Date.now();
	};

	const tick = async () => {
		try {
			if (remaining() <= warn) {
				await ask();
			}
		} catch {
			setTimeout(tick, 5000); // the server is away: try again
			return;
		}
		if (left === 0) {
			leave();
			return;
		}
		warning.hidden = remaining() > warn;
		if (!warning.hidden) {
			const minutes = Math.ceil(remaining() / 60);
			const said = remaining() > 60 ? minutes + " minutes" : "a minute";
			if (!announced || text.dataset.said !== said) {
				text.textContent = "You will be signed out in less than " + said + " because you did nothing for a while.";
				text.dataset.said = said;
			}
		}
		announced = !warning.hidden;
		setTimeout(tick, warning.hidden ? Math.max(1, Math.min(30, remaining() - warn)) * 1000 : 1000);
	};

	warning.querySelector("button").addEventListener("click", async () => {
		await fetch(address, {method: "POST", headers: {"Content-Type": "application/x-www-form-urlencoded"}, redirect: "manual"});
		left = 0;
		readAt = Date.now();
		try {
			await ask();
		} finally {
			warning.hidden = remaining() > warn;
		}
	});

	ask().then(tick, () => setTimeout(tick, 5000));
}
