package dev.ngbak.s3;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;

/**
 * The time at the service, as its answers state it. The clock of this machine does not matter, except before the first answer.
 * Thread-safe.
 */
final class ServiceClock implements ExecutionInterceptor {

    private Instant known = Instant.now();
    private long knownAt = System.nanoTime();

    synchronized Instant now() {
        return known.plusNanos(System.nanoTime() - knownAt);
    }

    @Override
    public void afterTransmission(Context.AfterTransmission answer, ExecutionAttributes attributes) {
        answer.httpResponse().firstMatchingHeader("Date").ifPresent(this::see);
    }

    private synchronized void see(String date) {
        try {
            known = ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            knownAt = System.nanoTime();
        } catch (DateTimeException e) {
            return; // The earlier time is still right.
        }
    }
}
