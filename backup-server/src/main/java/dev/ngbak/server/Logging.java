package dev.ngbak.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.jobs.Json;
import dev.ngbak.spi.Settings;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import java.util.regex.Pattern;
import org.slf4j.LoggerFactory;

/** The server's log, on stderr: lines for people, or one JSON object a line. */
public final class Logging {

    private static final String PROVIDER = "slf4j.provider";

    private Logging() {}

    /** Before anything logs. */
    public static void on(Settings settings) {
        System.setProperty(PROVIDER, "ch.qos.logback.classic.spi.LogbackServiceProvider");
        if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
            return; // somebody has already decided that nothing is logged
        }
        context.reset();
        Lines lines = new Lines(ServerSettings.from(settings).log(), new Redaction(settings));
        lines.setContext(context);
        lines.start();
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setTarget("System.err");
        console.setEncoder(lines);
        console.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(console);
        context.getLogger("dev.ngbak").setLevel(Level.INFO);
        context.getLogger("io.javalin").setLevel(Level.OFF); // it is told of no failure that we do not say ourselves
    }

    private static final class Lines extends EncoderBase<ILoggingEvent> {
        private static final Pattern CONTROLS = Pattern.compile("[\\p{Cc}\\p{Cf}]+");
        private final ServerSettings.LogFormat format;
        private final Redaction redaction;

        Lines(ServerSettings.LogFormat format, Redaction redaction) {
            this.format = format;
            this.redaction = redaction;
        }

        @Override
        public byte[] encode(ILoggingEvent event) {
            return switch (format) {
                case TEXT -> bytes(text(event));
                case JSON -> bytes(json(event));
            };
        }

        private String text(ILoggingEvent event) {
            String job = event.getMDCPropertyMap().get("job_id");
            // One line is one event, whatever somebody wrote into a note.
            String message = CONTROLS.matcher(message(event)).replaceAll(" ");
            return String.format(
                            Locale.ROOT,
                            "%s %-5s %s%s%n",
                            Instant.ofEpochMilli(event.getTimeStamp()),
                            event.getLevel(),
                            job == null ? "" : "[" + job.substring(0, Math.min(8, job.length())) + "] ",
                            message)
                    + trace(event);
        }

        private String json(ILoggingEvent event) {
            ObjectNode node = Json.MAPPER.createObjectNode();
            node.put("at", Instant.ofEpochMilli(event.getTimeStamp()).toString());
            node.put("level", event.getLevel().toString().toLowerCase(Locale.ROOT));
            event.getMDCPropertyMap().forEach(node::put);
            node.put("message", message(event));
            node.put("logger", event.getLoggerName());
            if (event.getThrowableProxy() != null) {
                node.put("trace", trace(event));
            }
            try {
                return Json.MAPPER.writeValueAsString(node) + System.lineSeparator();
            } catch (JsonProcessingException e) {
                throw new UncheckedIOException(e);
            }
        }

        private String message(ILoggingEvent event) {
            return redaction.forLog(String.valueOf(event.getFormattedMessage()));
        }

        private String trace(ILoggingEvent event) {
            return event.getThrowableProxy() == null
                    ? ""
                    : redaction.forLog(ThrowableProxyUtil.asString(event.getThrowableProxy()));
        }

        private static byte[] bytes(String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public byte[] headerBytes() {
            return null;
        }

        @Override
        public byte[] footerBytes() {
            return null;
        }
    }
}
