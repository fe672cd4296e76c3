package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.ngbak.server.ApiClient.Answer;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Settings;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests which requests are allowed. */
class AccessControlTest {

    @TempDir
    Path temp;

    private ApiClient client;

    @AfterEach
    void stop() {
        if (client != null) {
            client.close();
        }
    }

    private String status(String method, String path, String... headers) throws Exception {
        String answer = client.raw(method + " " + path + " HTTP/1.1\r\n" + String.join("\r\n", headers)
                + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        return answer.substring(9, 12);
    }

    @Test
    void foreignPageCannotWrite() throws Exception {
        client = new ApiClient(temp);
        String own = "127.0.0.1:" + client.server.port();
        String path = ApiClient.PREFIX + "/backup/none/verify"; // 404 if the request is allowed

        assertThat(status("POST", path, "Host: " + own)).isEqualTo("404");
        assertThat(status("POST", path, "Host: " + own, "Origin: http://" + own))
                .isEqualTo("404");
        assertThat(status("POST", path, "Host: localhost:8080", "Origin: http://localhost:8080"))
                .isEqualTo("404");
        assertThat(status("POST", path, "Host: localhost", "Origin: https://localhost"))
                .isEqualTo("404");
        assertThat(status("POST", path, "Host: " + own, "Sec-Fetch-Site: same-origin"))
                .isEqualTo("404");
        for (String foreign : List.of(
                "Origin: http://evil.example",
                "Origin: null",
                "Origin: http://127.0.0.1:1",
                "Origin: http://" + own + ".evil.example",
                "Origin: nonsense",
                "Sec-Fetch-Site: cross-site")) {
            assertThat(status("POST", path, "Host: " + own, foreign))
                    .as(foreign)
                    .isEqualTo("403");
            assertThat(status("DELETE", ApiClient.PREFIX + "/backup/none", "Host: " + own, foreign))
                    .isEqualTo("403");
            assertThat(status("POST", ApiClient.PREFIX + "/session", "Host: " + own, foreign))
                    .isEqualTo("403");
        }
        assertThat(status("POST", path, "Host: rebound.example", "Origin: http://rebound.example"))
                .isEqualTo("403");
        assertThat(status("GET", ApiClient.PREFIX + "/backup", "Host: rebound.example"))
                .isEqualTo("403");
        assertThat(status("GET", "/metrics", "Host: rebound.example")).isEqualTo("403");
        assertThat(status("HEAD", "/metrics", "Host: rebound.example")).isEqualTo("403");
        assertThat(status("GET", "/metrics", "Host: " + own)).isEqualTo("200");
        assertThat(status("GET", "/health/live", "Host: ngbak")).isEqualTo("200");
    }

    @Test
    void allowedHostsAreAccepted() throws Exception {
        client = new ApiClient(temp, "BACKUP_ALLOWED_HOSTS", "backup.example, other.example");
        String path = ApiClient.PREFIX + "/backup/none/verify";

        assertThat(status("POST", path, "Host: Backup.example", "Origin: https://backup.example"))
                .isEqualTo("404");
        assertThat(status("POST", path, "Host: 127.0.0.1:8080", "Origin: https://backup.example"))
                .isEqualTo("404");
        assertThat(status("POST", path, "Host: third.example")).isEqualTo("403");
    }

    @Test
    void requestsWithoutTheKeyAreRefused() throws Exception {
        client = new ApiClient(temp, "BACKUP_API_KEY", "correct horse");
        for (String path : List.of("/backup", "/jobs", "/stack", "/nothing", "//metrics")) {
            Answer refused = client.get(path);
            assertThat(refused.status()).as(path).isEqualTo(401);
            assertThat(refused.header("WWW-Authenticate")).isEqualTo("Bearer");
        }
        for (String path : List.of("//health/live", "//health/ready", "//openapi.json", "//")) {
            assertThat(client.get(path).status()).as(path).isEqualTo(200);
        }
        assertThat(client.get("/backup", "X-API-Key", "wrong horse").status()).isEqualTo(401);
        assertThat(client.get("/backup", "Authorization", "Basic Y29ycmVjdCBob3JzZQ==")
                        .status())
                .isEqualTo(401);
        assertThat(client.get("/backup", "X-API-Key", "correct horse").status()).isEqualTo(200);
        assertThat(client.get("/backup", "Authorization", "Bearer correct horse")
                        .status())
                .isEqualTo(200);
        assertThat(client.get("//metrics", "Authorization", "bearer correct horse")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void sessionCookieCannotBeForged() throws Exception {
        client = new ApiClient(temp, "BACKUP_API_KEY", "correct horse");
        Answer wrong = client.post("/session", "{\"key\": \"wrong\"}");
        assertThat(wrong.status()).isEqualTo(401);
        assertThat(wrong.json().path("detail").asText()).isEqualTo("The key is wrong.");
        assertThat(wrong.json().path("remedy").asText()).isEqualTo("Use the value of BACKUP_API_KEY on the server.");
        Answer none = client.post("/session", "{}");
        assertThat(none.status()).isEqualTo(401);
        assertThat(none.json().path("remedy").asText())
                .isEqualTo("Send {\"key\": \"the value of BACKUP_API_KEY on the server\"}.");

        Answer opened = client.post("/session", "{\"key\": \"correct horse\"}");

        assertThat(opened.status()).isEqualTo(204);
        String cookie = opened.header("Set-Cookie");
        assertThat(cookie).contains("HttpOnly").contains("SameSite=Strict").doesNotContain("horse");
        String value = cookie.split(";")[0];
        assertThat(client.get("/backup", "Cookie", value).status()).isEqualTo(200);
        String forged = value.replaceFirst("=\\d", "=9");
        assertThat(client.get("/backup", "Cookie", forged).status()).isEqualTo(401);
        assertThat(client.get("/backup", "Cookie", "ngbak_session=9999999999.").status())
                .isEqualTo(401);
        assertThat(client.get("/backup", "Cookie", "ngbak_session=x").status()).isEqualTo(401);

        client.close();
        client = new ApiClient(temp, "BACKUP_API_KEY", "another horse");
        assertThat(client.get("/backup", "Cookie", value).status()).isEqualTo(401);
    }

    @Test
    void sessionWithoutAConfiguredKeySetsNoCookie() throws Exception {
        client = new ApiClient(temp);
        Answer opened = client.post("/session", "{\"key\": \"any\"}");
        assertThat(opened.status()).isEqualTo(204);
        assertThat(opened.header("Set-Cookie")).isNull();
    }

    @Test
    void everyAnswerHasSecurityHeaders() throws Exception {
        client = new ApiClient(temp, "BACKUP_API_KEY", "correct horse");
        for (String path : List.of("//", "//openapi.json", "/backup", "//nothing")) {
            Answer answer = client.get(path);
            assertThat(answer.header("Content-Security-Policy")).as(path).contains("default-src 'none'");
            assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(answer.header("X-Frame-Options")).isEqualTo("DENY");
            assertThat(answer.header("Server")).isNull();
        }
    }

    @Test
    void invalidSettingsAreNamed() throws Exception {
        for (Map<String, String> wrong : List.of(
                Map.of("PORT", "70000"),
                Map.of("PORT", "http"),
                Map.of("HOST", "no host"),
                Map.of("API_PREFIX", "api"),
                Map.of("API_PREFIX", "/api/"),
                Map.of("API_PREFIX", "/health"),
                Map.of("API_PREFIX", "/../x"),
                Map.of("BACKUP_MAX_UPLOAD", "much"),
                Map.of("LOG_FORMAT", "xml"))) {
            String name = wrong.keySet().iterator().next();
            Assertions.assertThatThrownBy(() -> new Server(Settings.of(wrong)))
                    .as(wrong.toString())
                    .isInstanceOfSatisfying(
                            BackupException.class,
                            e -> assertThat(e.problem()).contains(name).contains(wrong.get(name)));
        }
        client = new ApiClient(temp);
        Map<String, String> taken = Map.of("PORT", "" + client.server.port());
        Assertions.assertThatThrownBy(() -> new Server(Settings.of(taken)))
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.remedy()).contains("PORT"));
    }

    @Test
    void urlAnswersForEveryHostAndStaysAfterClose() throws Exception {
        for (String host : List.of("127.0.0.1", "localhost", "0.0.0.0", "::", "::1", "[::1]")) {
            try (ApiClient here = new ApiClient(temp, "HOST", host)) {
                URI url = URI.create(here.server.url());
                assertThat(url.toURL().openStream().readAllBytes()).as(host).isNotEmpty();
                here.server.close();
                assertThat(here.server.url()).isEqualTo(url.toString());
            } catch (BackupException e) {
                assumeFalse(host.contains(":"), "this machine has no " + host);
                throw e;
            }
        }
    }
}
