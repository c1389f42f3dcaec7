/* templates_sample_form.c - the checkout form of the sample carts. */
#include "templates_sample_form.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct shown_checkout sample_checkout(bool refused, sample_said *said)
{
    static const struct str years[] = {{"2025", 4}, {"2026", 4}, {"2027", 4}, {"2028", 4}, {"2029", 4}};

    static const struct str countries[] = {{"Austria", 7}, {"Cote d'Ivoire", 13}, {"United States", 13}};
    static struct shown_carrier_choice carriers[3];

    carriers[0] = (struct shown_carrier_choice){said("snail"), said("Snail & Sons"), said("$5.49"), said("$80.44"), 7,
                                                false};
    carriers[1] = (struct shown_carrier_choice){
        said("flat"), said("Pigeon & Daughters"), said("$8.99"), said("$83.94"), 5, true};
    carriers[2] = (struct shown_carrier_choice){
        said("otter"), said("Otter City Couriers"), said("$27.99"), said("$102.94"), 1, false};
    return (struct shown_checkout){
        .command_id = said("9b1d"),
        .seen = said("6E92ZMYYFZ:3"),
        .email = {said(refused ? "someone@example" : "someone@example.com"),
                  refused ? said("This does not look like an e-mail address. Is there a part missing at its end?")
                          : STR("")},
        .street_address = {said("1600 Amphitheatre Parkway"), STR("")},
        .zip_code = {said("94043"), STR("")},
        .city = {said("Mountain View"), STR("")},
        .state = {said("CA"), STR("")},
        .country = {said("United States"), STR("")},
        .card_number = {refused ? STR("") : said("4432801561520454"),
                        refused ? said("This card has expired. Please use another one.") : STR("")},
        .card_month = {STR("1"), STR("")},
        .card_year = {STR("2026"), refused ? said("The card was good until 01/2024.") : STR("")},
        .card_cvv = {refused ? STR("") : said("672"), STR("")},
        .years = {years, COUNT(years)},
        .carriers = {carriers, refused ? 1 : COUNT(carriers)},
        .countries = {countries, COUNT(countries)},
    };
}
