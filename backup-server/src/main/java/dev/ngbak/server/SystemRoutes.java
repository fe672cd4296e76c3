package dev.ngbak.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.Version;
import dev.ngbak.jobs.Json;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The routes for the server and its stores: stack, session, health, metrics and the API's description. */
final class SystemRoutes {

    private final String prefix;
    private final AccessControl access;
    private final ServerStatus status;
    private final HealthMonitor health;
    private final Metrics metrics;
    private final Responses responses;
    private final byte[] openApi;

    SystemRoutes(
            String prefix,
            AccessControl access,
            ServerStatus status,
            HealthMonitor health,
            Metrics metrics,
            Responses responses) {
        this.prefix = prefix;
        this.access = access;
        this.status = status;
        this.health = health;
        this.metrics = metrics;
        this.responses = responses;
        this.openApi = openApi(prefix);
    }

    List<Route> routes() {
        return List.of(
                new Route(HandlerType.GET, "./stack", ctx -> responses.json(ctx, 200, status.stores())),
                new Route(HandlerType.GET, "./health", ctx -> responses.redacted(ctx, health.json())),
                new Route(HandlerType.DELETE, "./session", this::closeSession),
                new Route(HandlerType.POST, "./session", RequestKind.SESSION, this::openSession),
                new Route(HandlerType.GET, "/health/live", this::live),
                new Route(HandlerType.GET, "/health/ready", this::ready),
                new Route(
                        HandlerType.GET,
                        "/openapi.json",
                        ctx -> ctx.contentType(Responses.JSON).result(openApi)),
                new Route(
                        HandlerType.GET,
                        "/metrics",
                        ctx -> ctx.contentType(Metrics.CONTENT_TYPE).result(metrics.text())));
    }

    private void openSession(Context ctx) throws IOException {
        String key = JsonBody.text(JsonBody.of(ctx, Set.of("key")), "key");
        if (access.requiresKey()) {
            if (key == null) {
                throw new ProblemException(
                        401, "The request has no key", "Send {\"key\": \"the value of BACKUP_API_KEY on the server\"}");
            }
            if (!access.isKey(key)) {
                throw new ProblemException(401, "The key is wrong", "Use the value of BACKUP_API_KEY on the server");
            }
            ctx.res().addHeader("Set-Cookie", access.newSessionCookie(ctx));
        }
        ctx.status(204);
    }

    private void closeSession(Context ctx) {
        ctx.res().addHeader("Set-Cookie", access.endedSessionCookie(ctx));
        ctx.status(204);
    }

    private void live(Context ctx) {
        ObjectNode node = Json.MAPPER.createObjectNode();
        node.put("status", "live").put("version", Version.text()).put("api", prefix.substring(1));
        node.put("requires_key", access.requiresKey());
        responses.json(ctx, 200, node);
    }

    private void ready(Context ctx) {
        Optional<String> problem = status.readinessProblem();
        ObjectNode node = Json.MAPPER.createObjectNode().put("status", problem.isEmpty() ? "ready" : "not ready");
        problem.ifPresent(why -> node.put("why_not", why));
        responses.json(ctx, problem.isEmpty() ? 200 : 503, node);
    }

    /** Returns the description in the jar, with the configured prefix. */
    private static byte[] openApi(String prefix) {
        try (InputStream in = SystemRoutes.class.getResourceAsStream("/openapi.json")) {
            ObjectNode document = (ObjectNode) Json.MAPPER.readTree(in);
            ((ObjectNode) document.path("info")).put("version", Version.text());
            ((ObjectNode) document.path("servers").path(0)).put("url", "." + prefix);
            return Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
