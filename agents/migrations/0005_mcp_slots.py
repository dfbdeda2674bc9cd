from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0004_verified_address"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="httpparameter",
            options={"ordering": ["pk"], "verbose_name": "parameter"},
        ),
        migrations.AddField(
            model_name="mcptool",
            name="slots",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="One on each line, parameter=fact: number=order. The model may leave such a parameter out: then what the customer said before is taken. Facts are name, email, phone, company, product, order, invoice, ticket, booking, customer_number, contract, tracking, serial.",
                max_length=4000,
                verbose_name="unless given",
            ),
        ),
    ]
