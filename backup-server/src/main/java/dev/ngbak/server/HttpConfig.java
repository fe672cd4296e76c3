package dev.ngbak.server;

import io.javalin.compression.CompressionStrategy;
import io.javalin.compression.Gzip;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.http.staticfiles.Location;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Configures Javalin and Jetty: connector, threads, checks before each route, the dashboard's files, and errors. */
final class HttpConfig {

    private static final Logger LOG = LoggerFactory.getLogger(HttpConfig.class);
    private static final Pattern INVALID_ENCODING = Pattern.compile("%(?![0-9A-Fa-f]{2})");
    private static final int MAX_HEADER_SIZE = 32 << 10;
    private static final List<String> COMPRESSED =
            List.of(Responses.JSON, "text/html", "text/css", "text/javascript", "image/svg+xml");
    /** The time that requests in progress get when the server stops. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);
    /** Jetty's default of 50 would make a probe wait for its second attempt when many clients connect at once. */
    private static final int MAX_PENDING_CONNECTIONS = 1_024;

    private final ServerSettings settings;
    private final AccessControl access;
    private final ErrorResponses errors;
    private final Metrics metrics;
    private final RequestLimits limits = new RequestLimits();

    HttpConfig(ServerSettings settings, AccessControl access, ErrorResponses errors, Metrics metrics) {
        this.settings = settings;
        this.access = access;
        this.errors = errors;
        this.metrics = metrics;
    }

    /** Returns the configuration of a server with these routes. */
    Consumer<JavalinConfig> with(List<Route> routes) {
        return config -> {
            configureJetty(config);
            config.startup.showJavalinBanner = false;
            config.startup.showOldJavalinVersionWarning = false;
            config.http.compressionStrategy = compression();
            config.http.prefer405over404 = true;
            config.router.ignoreTrailingSlashes = false;
            config.routes.before(ctx -> {
                AccessControl.addSecurityHeaders(ctx);
                ctx.header("Vary", "Accept-Encoding");
                checkEncoding(ctx.req().getRequestURI());
                access.check(ctx);
            });
            routes.forEach(route -> add(config, route));
            config.staticFiles.add(files -> {
                files.hostedPath = "/";
                files.directory = "/dashboard";
                files.location = Location.CLASSPATH;
                files.headers = Map.of("Cache-Control", "no-cache");
            });
            config.routes.exception(Exception.class, errors::answer);
            config.router.javaLangErrorHandler((response, error) -> {
                LOG.error("A request failed", error);
                response.setStatus(500);
            });
            for (int status : new int[] {404, 405, 500}) {
                config.routes.error(status, errors::answerStatus);
            }
            config.routes.after(ctx -> metrics.answered(ctx.req().getMethod(), ctx.statusCode()));
        };
    }

    /** Compresses what is text. Archives are compressed already, and events have to arrive one by one. */
    private static CompressionStrategy compression() {
        CompressionStrategy strategy = new CompressionStrategy(null, new Gzip());
        strategy.setAllowedMimeTypes(COMPRESSED);
        strategy.setExcludedMimeTypes(List.of("/")); // all others: without this, it allows them too
        return strategy;
    }

    private void add(JavalinConfig config, Route route) {
        String path = route.pathBelow(settings.prefix());
        Handler handler = ctx -> {
            QueryParameters.of(ctx, route.parameters());
            try (RequestLimits.Permit permit = limits.acquire(route.kind())) {
                route.handler().handle(ctx);
            }
        };
        config.routes.addHttpHandler(route.method(), path, handler);
        if (route.method().equals(HandlerType.GET)) {
            config.routes.addHttpHandler(HandlerType.HEAD, path, handler);
        }
    }

    /** Jetty accepts {@code %u0061}, which some programs read as percent-encoding and others as an error. */
    private static void checkEncoding(String path) {
        if (INVALID_ENCODING.matcher(path).find()) {
            throw new ProblemException(
                    400,
                    "The path contains a percent sign that is not followed by two hexadecimal digits",
                    "Encode a percent sign as %25");
        }
    }

    private void configureJetty(JavalinConfig config) {
        config.jetty.addConnector(this::connector);
        config.jetty.threadPool = threadPool();
        config.jetty.modifyHttpConfiguration(http -> {
            http.setSendServerVersion(false);
            http.setSendDateHeader(true);
            http.setRequestHeaderSize(MAX_HEADER_SIZE);
        });
        config.jetty.modifyServer(server -> {
            server.setErrorHandler(errors.forJetty());
            server.setHandler(new GracefulHandler(new ThreadBudget(settings.prefix())));
            server.setStopTimeout(STOP_TIMEOUT.toMillis());
        });
    }

    private static QueuedThreadPool threadPool() {
        QueuedThreadPool threads = new QueuedThreadPool(ThreadBudget.POOL_SIZE, 4, 30_000);
        threads.setMaxEvictCount(ThreadBudget.POOL_SIZE); // by default idle threads stay for half an hour
        return threads;
    }

    private Connector connector(org.eclipse.jetty.server.Server server, HttpConfiguration http) {
        ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
        connector.setHost(settings.host());
        connector.setPort(settings.port());
        connector.setAcceptQueueSize(MAX_PENDING_CONNECTIONS);
        return connector;
    }
}
