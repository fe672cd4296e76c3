package dev.ngbak.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.Layout;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.jobs.Json;
import dev.ngbak.spi.Settings;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import org.slf4j.LoggerFactory;

/** The server's log on stderr: lines of text, or one JSON object a line. Secrets are redacted in both. */
public final class Logging {

    private static final String PROVIDER = "slf4j.provider";
    /** Control characters become spaces, so that each event is one line whatever a note contains. */
    private static final String PATTERN = "%d{\"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'\",UTC} %-5level"
            + " %replace([%.-8X{job_id}] ){'^\\[\\] $',''}%replace(%msg){'[\\p{Cc}\\p{Cf}]+',' '}%n%ex";

    private Logging() {}

    /** Starts the log. Must be called before any logger is created. */
    public static void on(Settings settings) {
        System.setProperty(PROVIDER, "ch.qos.logback.classic.spi.LogbackServiceProvider");
        if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
            return; // slf4j is already bound to another provider
        }
        context.reset();
        Redaction redaction = new Redaction(settings, AllSettings.withScratch());
        Layout<ILoggingEvent> layout =
                switch (ServerSettings.from(settings).log()) {
                    case TEXT -> new TextLayout(redaction, context);
                    case JSON -> new JsonLayout(redaction);
                };
        layout.setContext(context);
        layout.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.setLayout(layout);
        encoder.setContext(context);
        encoder.start();
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setTarget("System.err");
        console.setEncoder(encoder);
        console.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(console);
        context.getLogger("dev.ngbak").setLevel(Level.INFO);
        context.getLogger("io.javalin").setLevel(Level.OFF); // ErrorResponses logs every failure itself
    }

    private static final class TextLayout extends LayoutBase<ILoggingEvent> {
        private final PatternLayout pattern = new PatternLayout();
        private final Redaction redaction;

        TextLayout(Redaction redaction, LoggerContext context) {
            this.redaction = redaction;
            pattern.setPattern(PATTERN);
            pattern.setContext(context);
            pattern.start();
        }

        @Override
        public String doLayout(ILoggingEvent event) {
            return redaction.forLog(pattern.doLayout(event));
        }
    }

    /** Redacts before it encodes: a secret with a quote in it looks different in JSON. */
    private static final class JsonLayout extends LayoutBase<ILoggingEvent> {
        private final Redaction redaction;

        JsonLayout(Redaction redaction) {
            this.redaction = redaction;
        }

        @Override
        public String doLayout(ILoggingEvent event) {
            ObjectNode node = Json.MAPPER.createObjectNode();
            node.put("at", Instant.ofEpochMilli(event.getTimeStamp()).toString());
            node.put("level", event.getLevel().toString().toLowerCase(Locale.ROOT));
            event.getMDCPropertyMap().forEach(node::put);
            node.put("message", redaction.forLog(String.valueOf(event.getFormattedMessage())));
            node.put("logger", event.getLoggerName());
            if (event.getThrowableProxy() != null) {
                node.put("trace", redaction.forLog(ThrowableProxyUtil.asString(event.getThrowableProxy())));
            }
            return node + System.lineSeparator();
        }
    }
}
