package dev.ngbak.redis;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Simulates an empty Redis or Valkey that checks the RDB version of a payload. */
final class RdbVersionServer implements Closeable {

    private final ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    private final String info;
    private final int version;
    private final boolean checksVersions;

    /**
     * @param version the RDB version that it writes; from 80 on, it refuses versions 12 to 79, as Valkey does
     * @param checksVersions false if its memory is full, so that it does not look at payloads
     */
    RdbVersionServer(String info, int version, boolean checksVersions) throws IOException {
        this.info = info;
        this.version = version;
        this.checksVersions = checksVersions;
        Thread thread = new Thread(this::accept, "rdb-version-server");
        thread.setDaemon(true);
        thread.start();
    }

    String url() {
        return "redis://127.0.0.1:" + socket.getLocalPort();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try (Socket client = socket.accept()) {
                DataInputStream in = new DataInputStream(new BufferedInputStream(client.getInputStream()));
                OutputStream out = client.getOutputStream();
                for (List<byte[]> command = command(in); command != null; command = command(in)) {
                    out.write(reply(command));
                    out.flush();
                }
            } catch (IOException e) {
                // The client disconnected, or the test has ended.
            }
        }
    }

    private static List<byte[]> command(DataInputStream in) throws IOException {
        String header = line(in);
        if (header == null) {
            return null;
        }
        List<byte[]> words = new ArrayList<>();
        for (int i = Integer.parseInt(header.substring(1)); i > 0; i--) {
            byte[] word = new byte[Integer.parseInt(line(in).substring(1))];
            in.readFully(word);
            line(in);
            words.add(word);
        }
        return words;
    }

    private static String line(DataInputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c == -1) {
                return null;
            }
            line.append((char) c);
        }
        return line.toString().strip();
    }

    private byte[] reply(List<byte[]> command) {
        return switch (new String(command.get(0), StandardCharsets.UTF_8).toUpperCase(Locale.ROOT)) {
            case "INFO" -> bulk((info + "\r\nrole:master").getBytes(StandardCharsets.UTF_8));
            case "FUNCTION" -> bulk(payload());
            case "SET" -> text("$-1");
            case "PEXPIREAT", "UNLINK" -> text(":0");
            case "RESTORE" -> text(restoreReply(command.get(3)));
            default -> text("-ERR unknown command");
        };
    }

    private String restoreReply(byte[] payload) {
        if (!checksVersions) {
            return "-OOM command not allowed when used memory > 'maxmemory'.";
        }
        int payloadVersion = Dump.version(payload);
        boolean foreign = version >= 80 && payloadVersion >= 12 && payloadVersion <= 79;
        return foreign || payloadVersion > version || !Dump.isIntact(payload)
                ? "-ERR DUMP payload version or checksum are wrong"
                : "-ERR Bad data format";
    }

    private byte[] payload() {
        byte[] payload = new byte[Dump.FOOTER_BYTES];
        payload[0] = (byte) version;
        return payload;
    }

    private static byte[] bulk(byte[] bytes) {
        byte[] header = ("$" + bytes.length + "\r\n").getBytes(StandardCharsets.UTF_8);
        return RedisConnection.concat(RedisConnection.concat(header, bytes), "\r\n".getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] text(String line) {
        return (line + "\r\n").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
