"""The sample merchant: believable exports in the platforms' formats, and the truth behind them.

:func:`write_sample` writes both. The exports go to ``landing``, in the formats, encodings and with
the oddities of the real ones; the hidden truth goes to ``truth``. Same arguments, same bytes.

What the population assumes
---------------------------
*People.* 60 % are women. Everybody has two or three of nine interests; the first one depends
strongly on gender, so gender can be predicted from behaviour. The skin is dry in the north and oily in
the south, but for one person in twenty-five; of the members 70 % declare it, in a column that no contract knows. Age band, region and price band are drawn on their own. 30 % arrive during the period, 16 % stop for good during it.

*Buying.* 78 % buy at all, each in their own rhythm: log-normal gaps around a typical gap of 42 days
(itself log-normal between people). Time runs faster on weekends, in the evening and around 6.18,
11.11 and other festivals. A buyer uses one to several of six platforms. 6 % of the orders are never
paid, 4.5 % are cancelled before shipping, 3.5 % come back whole, 4.5 % in part where the platform's
export can show that. Campaign purchases are always paid and kept.

*Identifiers.* A person has one phone, one e-mail, one unionid, one or two devices. Accounts carry
them plain, masked, virtual or not at all, as the platforms do. Couples, 0.2 % of the people,
share a phone; the second of a couple has no account that is named by it.

*Hard cases.* Two older systems, ``crm`` and ``mall``, state more accounts. Of 1,000 pairs of people 4 share
a recycled number, 4 a phone sold on, 10 a household's tablet and landline; half of the later owners are
in the other system. Of 1,000 others 50 are known to a partner by a hash of their phone (MD5 or SHA-256
of three spellings, in either case), 2 have five phones, 30 a nick with full-width digits, 10 a JD account
in capitals, 25 the number of a call centre or courier, and 3 are test accounts with placeholders.

*Contacts.* 44 % are WeCom contacts: in the API dump, in one department's sheet, or in both.
*Behaviour.* 93 % of the members and half of the others use the mini-program, in sessions. They are
anonymous on a device until they log in there; most members log in with their phone.

*Exports.* Whole months of orders were exported after the close of the last day; the last week of
each earlier month was also exported the night that month ended, with the statuses of that night.
One per cent of the events is delivered a day late, two in a thousand are delivered twice.

*Campaigns.* Four, each with a holdout of 8 to 10 %. Everybody reached buys once more with a known
chance, in the shop that knows the identifier by which they were reached.

The truth
---------
``people.csv``
    one row per person; ``orders`` and ``net_amount`` count orders on identifiable accounts only.
``accounts.csv``, ``identifiers.csv``
    every account that an export shows, whose it is, and which identifiers it carries; ``usable`` is
    false for masked ones and other values that join nobody. An account belongs to one person.
``relations.csv``
    pairs of people who share something and are two: couple, recycled_number, device_sold, household.
``money.csv``
    per platform as of the last day: an order counts when it was paid and more than nothing was
    kept. ``gross_amount`` is what buyers paid (with shipping, before refunds) over all paid orders,
    ``refund_amount`` what they got back, ``net_amount`` the difference; ``net_amount_identified``
    is the part on orders whose export shows an account.
``campaigns.csv``
    ``treated`` are the people reached (a failed message reaches nobody), ``holdout`` those left
    alone; ``true_lift`` is the share of the reached who bought within 14 days of their touch and
    would not have bought without it.
"""

from orchestration.sample.generate import SampleSummary, write_sample

__all__ = ["SampleSummary", "write_sample"]
