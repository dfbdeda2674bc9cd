"""The database itself refuses to change and to delete what is in the trail."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: the audit trail is only ever added to.', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;

-- Only what a checkpoint covers may go.
CREATE FUNCTION audit_keep_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM audit_link WHERE entry_id = OLD.id
             AND number <= (SELECT max(number) FROM audit_checkpoint)) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'DELETE of audit_entry is refused: no checkpoint covers entry %.', OLD.id
    USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION audit_keep_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.number <= (SELECT max(number) FROM audit_checkpoint) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'DELETE of audit_link is refused: no checkpoint covers number %.', OLD.number
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION audit_await_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_unsealed (entry_id) VALUES (NEW.id);
  RETURN NEW;
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON audit_entry
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON audit_link
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoint
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER keep BEFORE DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_keep_entry();
CREATE TRIGGER keep BEFORE DELETE ON audit_link FOR EACH ROW EXECUTE FUNCTION audit_keep_link();
CREATE TRIGGER await_seal AFTER INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_await_seal();
"""

BACKWARDS = """
DROP TRIGGER append_only ON audit_entry;
DROP TRIGGER append_only ON audit_link;
DROP TRIGGER append_only ON audit_checkpoint;
DROP TRIGGER keep ON audit_entry;
DROP TRIGGER keep ON audit_link;
DROP TRIGGER await_seal ON audit_entry;
DROP FUNCTION audit_refuse(), audit_keep_entry(), audit_keep_link(), audit_await_seal();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
