/* places.js - every kind of page of the shop, and how a shopper gets there.
 *
 * path: where it is, when an address is enough. go: the way there, when it is not; it ends with the page open.
 * status: of the answer, when it is not 200: such a page is no place for a search engine, so Lighthouse is not asked. */

import { MUG, SHOP_URL } from "./browser.js";
import { eventually } from "./tap.js";

const DECLINED_CARD = "4000000000009995"; /* the acquirer: lacks the money */

export const PLACES = [
  { name: "home", path: "/" },
  { name: "a category", path: "/?category=kitchen" },
  { name: "product", path: `/product/${MUG}` },
  { name: "what was searched and found", path: "/search?q=mug" },
  { name: "what was searched and not found", path: "/search?q=unicorn" },
  { name: "search without a word", path: "/search" },
  { name: "empty cart", path: "/cart" },
  { name: "cart", go: (shopper) => shopper.add(MUG, "2") },
  {
    name: "cart with mistakes in the form",
    status: 422,
    async go(shopper) {
      await shopper.add();
      await shopper.page.$eval('form[action$="/cart/checkout"]', (form) => (form.noValidate = true));
      await shopper.order({ email: "nobody", credit_card_number: "1234" });
    },
  },
  {
    name: "confirmed order",
    async go(shopper) {
      await shopper.add();
      await shopper.order();
    },
  },
  {
    name: "declined order",
    async go(shopper) {
      await shopper.add();
      await shopper.order({ credit_card_number: DECLINED_CARD });
      await eventually(async () => (await shopper.words()).includes("was cancelled"));
    },
  },
  { name: "sign-in", path: "/signin" },
  {
    name: "sign-up with mistakes",
    status: 422,
    async go(shopper) {
      await shopper.open("/signup");
      await shopper.page.$eval('form[action$="/signup"]', (form) => (form.noValidate = true));
      await shopper.signUp({ email: "nobody", password: "short" });
    },
  },
  {
    name: "account",
    async go(shopper) {
      await shopper.open("/signup?next=/account");
      await shopper.signUp();
    },
  },
  {
    name: "order history",
    async go(shopper) {
      await shopper.add();
      await shopper.order();
      await shopper.open("/signup?next=/orders");
      await shopper.signUp();
    },
  },
  { name: "page that is not there", path: "/nowhere", status: 404 },
  { name: "product that is not there", path: "/product/NOTHING", status: 404 },
];

/* Opens the place for a shopper who has just come. */
export async function visit(shopper, place) {
  if (place.go) await place.go(shopper);
  else await shopper.open(place.path);
  return shopper.page.url().slice(SHOP_URL.length);
}
