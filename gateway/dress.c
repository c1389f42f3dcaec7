/* dress.c - what a shop may put on. A colour becomes a style sheet of our own words: what was configured is looked up or
 * read as a number, and never copied. */
#include "gateway/dress.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "gateway/files.h"
#include "gateway/form.h"

/* CSS Color 4: the basic names, and a few that people use. */
static const struct {
    const char *name;
    uint32_t rgb;
} colours[] = {
    {"aqua", 0x00FFFF},   {"beige", 0xF5F5DC},   {"black", 0x000000},     {"blue", 0x0000FF},    {"brown", 0xA52A2A},
    {"coral", 0xFF7F50},  {"crimson", 0xDC143C}, {"cyan", 0x00FFFF},      {"fuchsia", 0xFF00FF}, {"gold", 0xFFD700},
    {"gray", 0x808080},   {"green", 0x008000},   {"grey", 0x808080},      {"indigo", 0x4B0082},  {"ivory", 0xFFFFF0},
    {"khaki", 0xF0E68C},  {"lime", 0x00FF00},    {"magenta", 0xFF00FF},   {"maroon", 0x800000},  {"navy", 0x000080},
    {"olive", 0x808000},  {"orange", 0xFFA500},  {"orchid", 0xDA70D6},    {"pink", 0xFFC0CB},    {"plum", 0xDDA0DD},
    {"purple", 0x800080}, {"red", 0xFF0000},     {"salmon", 0xFA8072},    {"sienna", 0xA0522D},  {"silver", 0xC0C0C0},
    {"teal", 0x008080},   {"tomato", 0xFF6347},  {"turquoise", 0x40E0D0}, {"violet", 0xEE82EE},  {"white", 0xFFFFFF},
    {"yellow", 0xFFFF00},
};

/* "#1e5a4d", "#abc" or a name. */
static bool read_colour(const char *text, uint32_t *rgb)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++)
        if (strcasecmp(text, colours[i].name) == 0) {
            *rgb = colours[i].rgb;
            return true;
        }
    if (text[0] != '#' || (len != 4 && len != 7) || strspn(text + 1, "0123456789abcdefABCDEF") != len - 1)
        return false;
    *rgb = (uint32_t)strtoul(text + 1, NULL, 16);
    if (len == 4)
        *rgb = (*rgb >> 8 & 0xF) * 0x110000 | (*rgb >> 4 & 0xF) * 0x1100 | (*rgb & 0xF) * 0x11;
    return true;
}

/* Whether black is read better on it than white: by WCAG's relative luminance, with squares for its curve. */
static bool is_light(uint32_t rgb)
{
    uint32_t red = rgb >> 16, green = rgb >> 8 & 0xFF, blue = rgb & 0xFF;

    return 2126 * red * red + 7152 * green * green + 722 * blue * blue > UINT64_C(10000) * 255 * 255 * 18 / 100;
}

static void add_sheet(struct dress *dress, struct files *files, uint32_t rgb)
{
    const char *ink = is_light(rgb) ? "#000" : "#fff";
    char sheet[512];
    int len = snprintf(sheet, sizeof sheet,
                       "/* banner.css - the colour of the banner, as configured. */\n"
                       ".top { background: #%06x; color: %s; box-shadow: 0 0 0 100vmax #%06x; "
                       "clip-path: inset(0 -100vmax); }\n"
                       ".top a, .top .quiet { color: %s; border-color: %s; }\n"
                       ".top :focus-visible { outline-color: %s; }\n"
                       ".top .badge { background: %s; color: #%06x; }\n",
                       rgb, ink, rgb, ink, ink, ink, ink, rgb);

    files_add(files, "banner.css", (struct str){sheet, (size_t)len});
    snprintf(dress->banner, sizeof dress->banner, "/static/banner.css?v=%06x", rgb);
}

enum status dress_open(struct dress *dress, struct files *files, const char *message, const char *colour,
                       struct err *err)
{
    uint32_t rgb;

    *dress = (struct dress){.message = str_of(message)};
    if (dress->message.len > DRESS_MESSAGE_BYTES || !text_is_clean(dress->message))
        return err_set(err, ST_FATAL, "APP_MESSAGE must be UTF-8, and at most %d bytes", DRESS_MESSAGE_BYTES);
    if (colour[0] == 0)
        return ST_OK;
    if (!read_colour(colour, &rgb))
        return err_set(err, ST_FATAL, "APP_BANNER_COLOR must be like #1e5a4d, #abc or crimson, not '%.40s'", colour);
    add_sheet(dress, files, rgb);
    return ST_OK;
}

enum status dress_check_base(const char *base, struct err *err)
{
    struct str text = str_of(base);
    bool good = text.len == 0 || (text.ptr[0] == '/' && text.ptr[text.len - 1] != '/' && text.len < 100);

    for (size_t i = 0; i < text.len; i++)
        good = good && (isalnum((unsigned char)text.ptr[i]) || strchr("/-_", text.ptr[i])) &&
               !(i && text.ptr[i] == '/' && text.ptr[i - 1] == '/');
    if (!good)
        return err_set(err, ST_FATAL,
                       "APP_BASE must be empty, or like /shop: letters, digits, - and _, no slash at its end");
    return ST_OK;
}
