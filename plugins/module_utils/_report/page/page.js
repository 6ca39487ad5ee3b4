"use strict";
(function () {
  var form = document.getElementById("filter");
  var account = document.getElementById("account");
  var kind = document.getElementById("kind");
  var status = document.getElementById("status");
  var found = document.getElementById("found");
  var groups = Array.from(document.querySelectorAll("details.group"));
  var lists = Array.from(document.querySelectorAll("details.entry, details.others"));

  function matching(details, text) {
    var number = 0;
    details.querySelectorAll("li[data-account]").forEach(function (item) {
      item.hidden = text !== "" && item.dataset.account.indexOf(text) < 0;
      number += item.hidden ? 0 : 1;
    });
    return number;
  }

  function apply() {
    var text = account.value.trim().toLowerCase();
    var shown = 0;
    groups.forEach(function (group) {
      var kinds = group.dataset.kinds.split(" ");
      var number = matching(group, text);
      group.hidden = number === 0 || (kind.value !== "" && kinds.indexOf(kind.value) < 0) ||
        (status.value !== "" && group.dataset.status !== status.value);
      group.querySelectorAll("section.resource").forEach(function (one) {
        one.hidden = kind.value !== "" && one.dataset.kind !== kind.value;
      });
      shown += group.hidden ? 0 : number;
    });
    lists.forEach(function (list) { list.hidden = matching(list, text) === 0 && text !== ""; });
    found.textContent = shown + " account" + (shown === 1 ? "" : "s") + " shown that " + (shown === 1 ? "needs" : "need") + " attention";
  }

  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("change", apply);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function () { setTimeout(apply, 0); });
  apply();

  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = groups.filter(function (one) { return !one.open; });
    opened.forEach(function (one) { one.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (one) { one.open = false; });
  });
}());
