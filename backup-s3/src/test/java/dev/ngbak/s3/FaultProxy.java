package dev.ngbak.s3;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A proxy in front of an S3 service that can break single requests. One connection carries one request. */
final class FaultProxy implements AutoCloseable {

    /** What happens to one request. */
    interface Fault {
        Fault NONE = new Fault() {};

        /** Returns whether the connection breaks before the service sees the request. */
        default boolean breaksBefore() {
            return false;
        }

        /** Returns an answer instead of that of the service, or {@code null}. */
        default byte[] answer() {
            return null;
        }

        /** Changes the body of the request. */
        default void changeBody(byte[] body) {}

        /** Called when the service has answered; no byte of the answer has passed yet. */
        default void answered() {}

        /** Returns whether nothing ever happens. */
        default boolean hangs() {
            return false;
        }

        /** Returns an answer that the client gets after the service has done its work, or {@code null} for that of the service. */
        default byte[] replacement() {
            return null;
        }

        /** Returns after how many bytes of the answer the connection breaks. */
        default int answerBytes() {
            return Integer.MAX_VALUE;
        }
    }

    /**
     * A request as its first line has it.
     *
     * @param head the first line and the headers
     */
    record Request(String method, String target, String head) {
        boolean isCreate() {
            return isOf("POST") && target.matches(".*[?&]uploads\\b.*");
        }

        boolean isPart(int number) {
            return isOf("PUT") && target.contains("partNumber=" + number + "&");
        }

        boolean isPart() {
            return isOf("PUT") && target.contains("partNumber=");
        }

        boolean isComplete() {
            return isOf("POST") && target.contains("uploadId=");
        }

        boolean isRead() {
            return method.equals("GET") && target.endsWith(".ngbak");
        }

        boolean isLease() {
            return method.equals("PUT") && target.endsWith("/.ngbak/lock");
        }

        boolean isProbe() {
            return target.contains("/.ngbak/probe-");
        }

        private boolean isOf(String verb) {
            return method.equals(verb) && target.contains(".ngbak?");
        }
    }

    /** Decides what happens to a request. May be called by several threads. */
    interface Plan {
        Fault fault(Request request);
    }

    private static final Pattern LENGTH = Pattern.compile("(?im)^content-length: *(\\d+)");

    private final URI target;
    private final ServerSocket listener;
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final ReentrantLock turn = new ReentrantLock();
    private volatile boolean oneAtATime;
    private volatile Plan plan = request -> Fault.NONE;

    FaultProxy(URI target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    void plan(Plan next) {
        plan = next;
    }

    /** Forwards one request at a time, so that a service that checks a condition without a lock honours it. */
    void oneAtATime() {
        oneAtATime = true;
    }

    /** Returns the requests so far. */
    List<Request> requests() {
        return requests;
    }

    static Fault breakBefore() {
        return new Fault() {
            @Override
            public boolean breaksBefore() {
                return true;
            }
        };
    }

    /** The service does its work, but its answer breaks after some bytes. */
    static Fault breakAnswerAfter(int bytes) {
        return new Fault() {
            @Override
            public int answerBytes() {
                return bytes;
            }
        };
    }

    static Fault hang() {
        return new Fault() {
            @Override
            public boolean hangs() {
                return true;
            }
        };
    }

    /** The service does its work, something else happens, and the answer never comes. */
    static Fault answerAndThen(Runnable task) {
        return new Fault() {
            @Override
            public void answered() {
                task.run();
                waitForEver();
            }
        };
    }

    private static void waitForEver() {
        while (true) {
            LockSupport.park();
        }
    }

    static Fault answer(int status, String xml) {
        return answer(status, "Content-Type: application/xml\r\nContent-Length: " + xml.length(), xml);
    }

    /** @param headers separated by CR and LF */
    static Fault answer(int status, String headers, String xml) {
        String head = "HTTP/1.1 " + status + " Fault\r\n" + headers + "\r\nConnection: close\r\n\r\n";
        return new Fault() {
            @Override
            public byte[] answer() {
                return (head + xml).getBytes(StandardCharsets.ISO_8859_1);
            }
        };
    }

    /** The service does its work, but the client sees an error. */
    static Fault errorAfterSuccess(int status, String code) {
        Fault error = error(status, code);
        return new Fault() {
            @Override
            public byte[] replacement() {
                return error.answer();
            }
        };
    }

    static Fault error(int status, String code) {
        return answer(status, "<Error><Code>" + code + "</Code><Message>a test</Message></Error>");
    }

    static Fault flipBit() {
        return new Fault() {
            @Override
            public void changeBody(byte[] body) {
                body[body.length / 2] ^= 1;
            }
        };
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                start(() -> serve(client));
            } catch (IOException e) {
                return; // The proxy was closed.
            }
        }
    }

    private void serve(Socket client) {
        try (client;
                Socket server = new Socket(target.getHost(), target.getPort())) {
            InputStream in = client.getInputStream();
            String head = head(in);
            if (head.isEmpty()) {
                return;
            }
            Matcher length = LENGTH.matcher(head);
            byte[] body = in.readNBytes(length.find() ? Integer.parseInt(length.group(1)) : 0);
            String[] line = head.split(" ", 3);
            Request request = new Request(line[0], line[1], head);
            requests.add(request);
            Fault fault = plan.fault(request);
            if (fault.breaksBefore()) {
                client.setSoLinger(true, 0);
                return;
            }
            if (fault.hangs()) {
                waitForEver();
            }
            OutputStream out = client.getOutputStream();
            if (fault.answer() != null) {
                out.write(fault.answer());
                return;
            }
            fault.changeBody(body);
            if (oneAtATime) {
                turn.lock();
            }
            OutputStream toServer = server.getOutputStream();
            toServer.write(head.replaceFirst("(?i)\r\nconnection: [^\r]*", "")
                    .replaceFirst("\r\n\r\n$", "\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
            toServer.write(body);
            forward(server.getInputStream(), out, fault, client);
        } catch (IOException e) {
            return; // The client or the server has gone.
        } finally {
            if (turn.isHeldByCurrentThread()) {
                turn.unlock();
            }
        }
    }

    private static void forward(InputStream in, OutputStream out, Fault fault, Socket client) throws IOException {
        byte[] buffer = new byte[1 << 14];
        int left = fault.answerBytes();
        int n = in.read(buffer);
        fault.answered();
        if (fault.replacement() != null) {
            out.write(fault.replacement());
            return;
        }
        for (; n >= 0; n = in.read(buffer)) {
            out.write(buffer, 0, Math.min(n, left));
            left -= Math.min(n, left);
        }
        if (fault.answerBytes() == 0) {
            client.setSoLinger(true, 0); // Otherwise the bytes that have passed could be lost.
        }
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            head.write(b);
            String text = head.toString(StandardCharsets.ISO_8859_1);
            if (b == '\n' && text.endsWith("\r\n\r\n")) {
                return text;
            }
        }
        return "";
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "fault-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
