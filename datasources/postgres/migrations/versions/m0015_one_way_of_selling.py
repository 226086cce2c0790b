"""Let a listing be sold in one way at a time: by an auction that is planned or runs, or at its fixed price."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_LOCK = """
create function lock_listing(listing text) returns void language sql as $$
  select pg_advisory_xact_lock(hashtextextended('listing:' || listing, 0))
$$
"""
_ORDER = """
create function refuse_order_beside_auction() returns trigger language plpgsql as $$
begin
  perform lock_listing(new.listing_id);
  if exists (
    select 1 from auctions a where a.listing_id = new.listing_id and (
      a.status in ('scheduled', 'open', 'paused', 'closing') or (a.status = 'defaulted' and exists (
        select 1 from second_chances s where s.auction_id = a.auction_id and s.status = 'offered'
      ))
    )
  ) then
    return null;
  end if;
  return new;
end $$
"""
_AUCTION = """
create function hold_auction_beside_order() returns trigger language plpgsql as $$
begin
  perform lock_listing(new.listing_id);
  if exists (
    select 1 from orders where listing_id = new.listing_id and auction_id is distinct from new.auction_id
      and status not in ('defaulted', 'cancelled', 'refunded')
  ) then
    new.status := 'draft';
  end if;
  return new;
end $$
"""
_TRIGGERS = (
    """create trigger one_way_of_selling before insert on orders for each row
    when (new.kind = 'fixed-price') execute function refuse_order_beside_auction()""",
    """create trigger one_way_of_selling before insert on auctions for each row
    when (new.status = 'scheduled') execute function hold_auction_beside_order()""",
    """create trigger one_way_of_selling_later before update of status on auctions for each row
    when (new.status = 'scheduled' and old.status = 'draft') execute function hold_auction_beside_order()""",
)


def upgrade() -> None:
    """Apply the change."""
    for statement in (_LOCK, _ORDER, _AUCTION, *_TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    """Take the change back."""
    op.execute("drop trigger one_way_of_selling on orders")
    op.execute("drop trigger one_way_of_selling on auctions")
    op.execute("drop trigger one_way_of_selling_later on auctions")
    for name in ("refuse_order_beside_auction()", "hold_auction_beside_order()", "lock_listing(text)"):
        op.execute(f"drop function {name}")
