"""``shopify.orders`` and ``shopify.customers``.

Order fields stand on the first row of an order only; further lines repeat just its name and e-mail.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from orchestration.sample import places
from orchestration.sample.chunk import Chunk
from orchestration.sample.files import UTF8, CsvFormat, Folder
from orchestration.sample.orders import Orders, State, state_at
from orchestration.sample.period import HOUR
from orchestration.sample.population import SHOPIFY
from orchestration.sample.relations import EMAIL, SMS
from orchestration.sample.text import (
    Flags,
    Ints,
    Text,
    capitalized,
    csv_lines,
    joined,
    money,
    padded,
    take,
    where,
    whole,
)
from orchestration.sample.writers.headers import SHOPIFY_CUSTOMERS, SHOPIFY_ORDERS

ORDERS = CsvFormat(SHOPIFY_ORDERS, UTF8, line_end="\n")
CUSTOMERS = CsvFormat(SHOPIFY_CUSTOMERS, UTF8, line_end="\n")
EXPORT_MINUTE = 5

_NOTES = pa.array([""] * 18 + ['"Gift wrap, please"', '"Leave at the door\nRing twice"'])


def write(folder: Folder, chunk: Chunk) -> None:
    """Append the chunk's Shopify orders and customers."""
    orders = chunk.orders.select(chunk.orders.platform == SHOPIFY)
    for window in chunk.period.windows(EXPORT_MINUTE):
        part = orders.select((orders.created >= window.begins) & (orders.created < window.ends))
        state = state_at(part, min(window.taken, chunk.period.close))
        folder.append_csv(
            f"shopify/orders_export_{window.label}.csv",
            ORDERS,
            _order_lines(chunk, part, state),
            chunk.period.epoch + window.taken,
        )
    folder.append_csv(
        "shopify/customers_export.csv",
        CUSTOMERS,
        _customer_lines(chunk, orders),
        chunk.period.epoch + chunk.period.close + 3 * HOUR,
    )


def _order_lines(chunk: Chunk, orders: Orders, state: State) -> pa.Array:
    people, period, row = chunk.people, chunk.period, orders.line_order
    is_first = orders.line_place == 0
    person = orders.person[row]
    due = orders.per_order(orders.line_paid)
    discount = orders.per_order(orders.line_list - orders.line_paid)
    whole_refund = state.is_paid & (state.refund == state.gross)
    payment = np.select(
        [state.is_given_up, ~state.is_paid, whole_refund, state.refund > 0], [0, 1, 2, 3], 4
    )

    def once(column: pa.Array) -> pa.Array:
        """An order column on the first row of the order only."""
        return where(is_first, take(column, row))

    # One buyer in twelve typed the address with a capital; it is the same mailbox.
    email = where(
        orders.source % 12 == 0,
        capitalized(take(people.email, orders.person)),
        take(people.email, orders.person),
    )
    email = where(people.has_email[orders.person], email)
    phone = where(
        people.shop_phone[orders.person], joined("'+86", take(people.phone, orders.person))
    )
    name = joined(take(people.pinyin, person), " ", take(people.surname, person), "*")
    cells: dict[str, Text] = {
        "Name": joined("#", take(whole(orders.number + 1000), row)),
        "Email": take(email, row),
        "Financial Status": once(
            take(pa.array(["voided", "pending", "refunded", "partially_refunded", "paid"]), payment)
        ),
        "Paid at": once(period.shop_text(orders.paid, state.is_paid)),
        "Fulfillment Status": once(where(state.is_shipped, "fulfilled", "unfulfilled")),
        "Fulfilled at": once(period.shop_text(orders.shipped, state.is_shipped)),
        "Accepts Marketing": where(is_first, _yes_no(_accepts(chunk, EMAIL)[person])),
        "Currency": where(is_first, "CNY"),
        "Subtotal": once(money(due)),
        "Shipping": once(money(orders.shipping)),
        "Taxes": where(is_first, "0.00"),
        "Total": once(money(due + orders.shipping)),
        "Discount Code": once(where(discount > 0, "WELCOME")),
        "Discount Amount": once(money(discount)),
        "Shipping Method": where(is_first, "SF Express"),
        "Created at": period.shop_text(orders.created[row]),
        "Lineitem quantity": whole(orders.line_quantity),
        "Lineitem name": take(chunk.catalogue.title, orders.line_item),
        "Lineitem price": money(chunk.catalogue.price[orders.line_item]),
        "Lineitem sku": take(chunk.catalogue.sku, orders.line_item),
        "Lineitem requires shipping": "true",
        "Lineitem taxable": "false",
        "Lineitem fulfillment status": where(state.is_shipped[row], "fulfilled", "pending"),
        "Billing Name": where(is_first, name),
        "Billing City": where(is_first, chunk.cities(person)),
        "Billing Country": where(is_first, "CN"),
        "Billing Phone": once(phone),
        "Shipping Name": where(is_first, name),
        "Shipping City": where(is_first, chunk.cities(person)),
        "Shipping Zip": where(is_first, "'100000"),
        "Shipping Province": where(is_first, chunk.provinces(person)),
        "Shipping Country": where(is_first, "CN"),
        "Shipping Phone": once(phone),
        "Notes": once(take(_NOTES, orders.source % len(_NOTES))),
        "Cancelled at": once(period.shop_text(orders.refunded, state.is_cancelled)),
        "Payment Method": once(where(state.is_paid, "Alipay")),
        "Payment Reference": once(where(state.is_paid, joined("c", padded(orders.number, 14)))),
        "Refunded Amount": once(money(state.refund)),
        "Vendor": take(chunk.catalogue.brand, orders.line_item),
        "Outstanding Balance": once(where(state.is_paid, "0.00", money(due + orders.shipping))),
        "Id": once(whole(orders.number + 6_100_000_000_000)),
        "Risk Level": where(is_first, "Low"),
        "Source": where(is_first, "web"),
        "Lineitem discount": money(orders.line_list - orders.line_paid),
        "Phone": once(phone),
        "Shipping Province Name": where(is_first, chunk.provinces(person)),
    }
    return csv_lines(SHOPIFY_ORDERS, cells, len(row), line_end="\n")


def _accepts(chunk: Chunk, channel: int) -> Flags:
    """Per person: the last word on this channel is a granted consent."""
    accepts = np.zeros(chunk.people.size, dtype=np.bool_)
    mine = chunk.consents.channel == channel
    accepts[chunk.consents.person[mine & chunk.consents.is_granted]] = True
    accepts[chunk.consents.person[mine & ~chunk.consents.is_granted]] = False
    return accepts


def _yes_no(flags: Flags) -> pa.Array:
    return where(flags, "yes", "no")


def _sums(people: int, rows: Ints, weights: Ints) -> Ints:
    return np.rint(np.bincount(rows, weights=weights, minlength=people)).astype(np.int64)


def _customer_lines(chunk: Chunk, orders: Orders) -> pa.Array:
    people = chunk.people
    person = np.nonzero(people.platforms[:, SHOPIFY])[0]
    state = state_at(orders, chunk.period.close)
    spent = _sums(people.size, orders.person, state.gross - state.refund)
    count = np.bincount(orders.person, minlength=people.size)
    cells: dict[str, Text] = {
        "Customer ID": joined("'", take(people.customer_id, person)),
        "First Name": take(people.given, person),
        "Last Name": take(people.surname, person),
        "Email": where(people.has_email[person], take(people.email, person)),
        "Accepts Email Marketing": _yes_no(_accepts(chunk, EMAIL)[person]),
        "Default Address City": take(places.CITIES, people.city[person]),
        "Default Address Country Code": "CN",
        "Phone": where(people.shop_phone[person], joined("'+86", take(people.phone, person))),
        "Accepts SMS Marketing": _yes_no(_accepts(chunk, SMS)[person]),
        "Total Spent": money(spent[person]),
        "Total Orders": whole(count[person]),
        "Tax Exempt": "no",
        "Tags": take(pa.array(["", "newsletter"]), (count[person] == 0).astype(np.int64)),
    }
    return csv_lines(SHOPIFY_CUSTOMERS, cells, len(person), line_end="\n")
