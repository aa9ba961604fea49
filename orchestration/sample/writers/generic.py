"""The generic exports: touch log, members, consents and referrals. UTF-8, ISO times."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from orchestration.sample.campaigns import CAMPAIGNS, PLANNED, TOUCH_STATUS
from orchestration.sample.chunk import Chunk
from orchestration.sample.files import UTF8, UTF8_BOM, CsvFormat, Folder
from orchestration.sample.period import DAY, HOUR, NEVER
from orchestration.sample.population import AGE_BANDS, GENDERS, SKIN_TYPES
from orchestration.sample.relations import CONSENT_CHANNELS, EMAIL, SMS, WECOM
from orchestration.sample.text import Text, csv_lines, take, where
from orchestration.sample.writers.headers import CONSENTS, MEMBERS, REFERRALS, TOUCH_LOG

TOUCH_FORMAT = CsvFormat(TOUCH_LOG, UTF8_BOM)
MEMBER_FORMAT = CsvFormat(MEMBERS, UTF8)
CONSENT_FORMAT = CsvFormat(CONSENTS, UTF8)
REFERRAL_FORMAT = CsvFormat(REFERRALS, UTF8)
_LEVELS = pa.array(["普通会员", "银卡会员", "金卡会员", "黑金会员"])


def write(folder: Folder, chunk: Chunk) -> None:
    """Append the chunk's rows to the generic files; they were all taken after the period."""
    exported = chunk.period.epoch + chunk.period.close + 5 * HOUR
    for number, campaign in enumerate(CAMPAIGNS):
        day = chunk.period.date(campaign.day(chunk.period))
        folder.append_csv(
            f"generic/touch_log_{campaign.name}_{day:%Y%m%d}.csv",
            TOUCH_FORMAT,
            _touch_lines(chunk, number),
            exported,
        )
    folder.append_csv(
        "generic/customers_members.csv", MEMBER_FORMAT, _member_lines(chunk), exported
    )
    folder.append_csv("generic/consents.csv", CONSENT_FORMAT, _consent_lines(chunk), exported)
    folder.append_csv("generic/referrals.csv", REFERRAL_FORMAT, _referral_lines(chunk), exported)


def _touch_lines(chunk: Chunk, number: int) -> pa.Array:
    campaign, people, period = CAMPAIGNS[number], chunk.people, chunk.period
    mine = chunk.touches.campaign == number
    person, status = chunk.touches.person[mine], chunk.touches.status[mine]
    planned = status == PLANNED
    opened, clicked = chunk.touches.opened[mine], chunk.touches.clicked[mine]
    cells: dict[str, Text] = {
        "campaign": campaign.name,
        "channel": campaign.channel,
        "touch_at": period.iso_text(chunk.touches.at[mine]),
        "status": take(pa.array(TOUCH_STATUS), status),
        "audience": campaign.audience,
        "variant": where(planned, "holdout", "treatment"),
        "cost": where(planned, "0.00", campaign.cost),
        "currency": "CNY",
        "opened_at": period.iso_text(opened, opened < NEVER),
        "clicked_at": period.iso_text(clicked, clicked < NEVER),
    }
    if campaign.channel == "wecom":
        cells |= {"platform": "wecom", "account_id": take(people.external_userid, person)}
    elif campaign.channel == "email":
        cells |= {"email": take(people.email, person)}
    else:
        cells |= {"phone": take(people.phone, person)}
    return csv_lines(TOUCH_LOG, cells, len(person))


def _member_lines(chunk: Chunk) -> pa.Array:
    people, members, period = chunk.people, chunk.members, chunk.period
    person = members.person
    phone = take(people.phone, person)
    # Birth dates lie decades before the period, outside its table of day names.
    born = np.datetime64(period.end) - members.birth_day.astype("timedelta64[D]")
    cells: dict[str, Text] = {
        "platform": "youzan",
        "account_id": phone,
        "joined_at": period.iso_text(people.joined[person]),
        "phone": phone,
        "gender": take(pa.array(GENDERS), people.gender[person], members.declares_gender),
        "birth_date": where(members.declares_birth, pa.array(born).cast(pa.string())),
        "age_band": take(pa.array(AGE_BANDS), people.age_band[person], members.declares_age),
        "province": chunk.provinces(person),
        "city": chunk.cities(person),
        "member_level": take(_LEVELS, members.level),
        "referred_by_account_id": take(
            people.phone, np.maximum(members.inviter, 0), members.inviter >= 0
        ),
        "skin_type": take(
            pa.array(SKIN_TYPES), people.skin_type[person], members.declares_skin_type
        ),
    }
    return csv_lines(MEMBERS, cells, len(person))


def _consent_lines(chunk: Chunk) -> pa.Array:
    people, consents = chunk.people, chunk.consents
    person, channel = consents.person, consents.channel
    cells: dict[str, Text] = {
        "purpose": "marketing",
        "channel": take(pa.array(CONSENT_CHANNELS), channel),
        "state": where(consents.is_granted, "granted", "withdrawn"),
        "stated_at": chunk.period.iso_text(consents.at),
        "platform": where(channel == WECOM, "wecom"),
        "account_id": take(people.external_userid, person, channel == WECOM),
        "phone": take(people.phone, person, channel == SMS),
        "email": take(people.email, person, channel == EMAIL),
        "source": where(consents.is_granted, "注册勾选", "退订回复"),
    }
    return csv_lines(CONSENTS, cells, len(person))


def _referral_lines(chunk: Chunk) -> pa.Array:
    people, members, period = chunk.people, chunk.members, chunk.period
    chosen = members.inviter >= 0
    invitee, inviter = members.person[chosen], members.inviter[chosen]
    accepted = people.joined[invitee]
    invited = np.maximum(
        accepted - DAY - members.birth_day[chosen] % 5 * DAY, people.joined[inviter]
    )
    cells: dict[str, Text] = {
        "platform": "youzan",
        "inviter_account_id": take(people.phone, inviter),
        "invitee_account_id": take(people.phone, invitee),
        "invited_at": period.iso_text(invited),
        "campaign": "invite_friends",
        "accepted_at": period.iso_text(accepted),
    }
    return csv_lines(REFERRALS, cells, len(invitee))
