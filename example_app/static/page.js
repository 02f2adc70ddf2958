// Copy buttons. Everything else works without this.
"use strict";

for (const box of document.querySelectorAll(".copyable")) {
  const text = box.querySelector("pre");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet small copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy: ${text.getAttribute("aria-label")}`);
  const said = document.createElement("span");
  said.className = "hidden";
  said.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = said.textContent = "Copied";
    } catch {
      // Without permission, or without TLS away from localhost: leave it selected, to be copied by hand.
      getSelection().selectAllChildren(text);
      button.textContent = said.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 2000);
  });
  box.append(button, said);
}
