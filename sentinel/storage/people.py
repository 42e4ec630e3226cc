"""Names of people, apart from everything else, so that they can be erased."""

from __future__ import annotations

from sqlalchemy import delete, select

from sentinel.storage.tables import PEOPLE
from sentinel.storage.unit import Reader, Writer


class PeopleReader(Reader):
    """What may be asked about people."""

    async def people(self) -> dict[str, str]:
        """Return every known name by its id."""
        return {row.id: row.name for row in await self._all(select(PEOPLE))}


class PeopleWriter(PeopleReader, Writer):
    """What may be done about people."""

    async def name_person(self, person_id: str, name: str) -> None:
        """Keep the name behind an id."""
        await self._upsert(PEOPLE, [{"id": person_id, "name": name}])

    async def erase_person(self, person_id: str) -> None:
        """Forget a name; the id stays wherever it is and means nobody."""
        await self._do(delete(PEOPLE).where(PEOPLE.c.id == person_id))
