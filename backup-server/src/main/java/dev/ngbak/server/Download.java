package dev.ngbak.server;

import dev.ngbak.archive.ReadableArchive;
import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sends one archive to a client: all of it, or one range. */
final class Download {

    private static final Pattern RANGE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    /** Small, because the rate of the client is checked only between two blocks. */
    private static final int BLOCK_SIZE = 32 << 10;

    private final ReadableArchive archive;
    private final String tag;
    private final long size;
    private final Instant modified;

    Download(ReadableArchive archive) throws IOException {
        this.archive = archive;
        this.size = archive.size();
        this.modified = archive.lastModified();
        // Archives are replaced as a whole, so at least one of these changes with the content.
        this.tag = "\"" + Long.toHexString(size) + "-" + Long.toHexString(modified.getEpochSecond()) + "-"
                + Integer.toHexString(modified.getNano()) + "\"";
    }

    void send(Context ctx) throws IOException {
        HttpServletResponse response = ctx.res();
        response.setHeader("ETag", tag);
        response.setHeader("Accept-Ranges", "bytes");
        response.setHeader("Last-Modified", lastModified());
        response.setHeader("Cache-Control", "private, no-cache");
        if (EntityTags.matchesAny(ctx.header("If-None-Match"), tag)) {
            ctx.status(304);
            return;
        }
        response.setContentType("application/octet-stream");
        response.setHeader("Content-Disposition", "attachment; filename=\"" + archive.name() + "\"");
        long first = 0;
        long last = size - 1;
        Matcher range = RANGE.matcher(ctx.header("Range") == null ? "" : ctx.header("Range"));
        if (ctx.req().getMethod().equals("GET") && range.matches() && isUnchanged(ctx.header("If-Range"))) {
            String from = range.group(1);
            String to = range.group(2);
            if (!from.isEmpty()) {
                first = Long.parseLong(from);
                last = to.isEmpty() ? last : Math.min(last, Long.parseLong(to));
            } else if (!to.isEmpty()) {
                first = Math.max(0, size - Long.parseLong(to));
            }
            if (!(from.isEmpty() && to.isEmpty())) {
                if (first > last || (from.isEmpty() && Long.parseLong(to) == 0)) {
                    response.setHeader("Content-Range", "bytes */" + size);
                    throw new ProblemException(
                            416, "The range is outside the archive, which has " + size + " bytes", "");
                }
                ctx.status(206);
                response.setHeader("Content-Range", "bytes " + first + "-" + last + "/" + size);
            }
        }
        response.setContentLengthLong(last - first + 1);
        if (ctx.req().getMethod().equals("GET")) {
            copy(first, last - first + 1, response.getOutputStream());
        } else {
            response.flushBuffer();
        }
    }

    private String lastModified() {
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(modified.atZone(ZoneOffset.UTC));
    }

    /** Only tags are compared, because dates are too coarse for parts of a file. */
    private boolean isUnchanged(String ifRange) {
        return ifRange == null || ifRange.strip().equals(tag);
    }

    private void copy(long from, long length, OutputStream out) throws IOException {
        try (InputStream in = archive.read(from)) {
            byte[] buffer = new byte[BLOCK_SIZE];
            MinimumRate rate = new MinimumRate();
            long left = length;
            while (left > 0) {
                int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
                if (n < 0) {
                    throw new IOException("the archive was truncated while it was sent");
                }
                out.write(buffer, 0, n);
                rate.transferred(n);
                left -= n;
            }
            out.flush();
        }
    }
}
