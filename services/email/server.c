/* server.c - TLS by STARTTLS where it is offered, or else not at all; with a password, or where it must be, or else nothing.
 *
 * Whoever stands in between can make a server offer nothing; but one that offers a certificate is held to it. */
#include "services/email/server.h"

#include <string.h>
#include <unistd.h>

static bool has_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK && text[0];

    curl_free(text);
    return has;
}

static bool is_mail_url(const char *text, bool *has_password)
{
    CURLU *url = curl_url();
    bool good = url && (strncmp(text, "smtp://", 7) == 0 || strncmp(text, "smtps://", 8) == 0) &&
                curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK && has_part(url, CURLUPART_HOST);

    *has_password = good && has_part(url, CURLUPART_USER);
    curl_url_cleanup(url);
    return good;
}

enum status server_check(const struct server *server, struct err *err)
{
    bool has_password;

    if (!is_mail_url(server->url, &has_password))
        return err_set(err, ST_FATAL, "APP_SMTP is no URL of a mail server, such as smtp://127.0.0.1:25");
    if (strcmp(server->trust, "system") != 0 && strcmp(server->trust, "any") != 0 && access(server->trust, R_OK) != 0)
        return err_set(err, ST_FATAL, "APP_SMTP_TRUST=%s is neither \"system\" nor \"any\" nor a file that can be read",
                       server->trust);
    return ST_OK;
}

void server_apply(const struct server *server, CURL *easy)
{
    bool has_password, checked = strcmp(server->trust, "any") != 0;

    (void)is_mail_url(server->url, &has_password);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_URL, server->url);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_USE_SSL,
                     (long)(server->tls_required || has_password ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, checked ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, checked ? 2L : 0L);
    if (checked && strcmp(server->trust, "system") != 0)
        curl_easy_setopt(easy, CURLOPT_CAINFO, server->trust);
}
