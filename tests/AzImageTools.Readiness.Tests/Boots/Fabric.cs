using System.Net;
using System.Net.Sockets;
using System.Text;
using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests.Boots;

/// <summary>
/// What a machine in Azure finds in its network: the metadata service and the wire server, as far as cloud-init and the agent ask them for
/// a new machine's settings and tell them that it is ready (cloudinit/sources/DataSourceAzure.py). Nothing else can be reached from there.
/// </summary>
internal sealed class Fabric : IDisposable
{
    /// <summary>The account that a new machine gets.</summary>
    public const string UserName = "anna";

    /// <summary>The name that a new machine gets.</summary>
    public const string HostName = "web02";

    private const string Metadata = $$$"""
        {"compute":{"name":"{{{HostName}}}","osProfile":{"adminUsername":"{{{UserName}}}","computerName":"{{{HostName}}}","disablePasswordAuthentication":"true"},"publicKeys":[{"keyData":"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7 anna","path":"/home/{{{UserName}}}/.ssh/authorized_keys"}]},
        "network":{"interface":[{"macAddress":"525400123456","ipv4":{"ipAddress":[{"privateIpAddress":"168.63.129.32"}],"subnet":[{"address":"168.0.0.0","prefix":"7"}]},"ipv6":{"ipAddress":[]}}]}}
        """;

    private const string GoalState = """
        <?xml version="1.0" encoding="utf-8"?>
        <GoalState><Version>2012-11-30</Version><Incarnation>1</Incarnation><Machine><ExpectedState>Started</ExpectedState></Machine>
        <Container><ContainerId>c1</ContainerId><RoleInstanceList><RoleInstance><InstanceId>i1</InstanceId><State>Started</State><Configuration></Configuration></RoleInstance></RoleInstanceList></Container></GoalState>
        """;

    private const string Versions = "<?xml version=\"1.0\"?><Versions><Preferred><Version>2012-11-30</Version></Preferred><Supported><Version>2012-11-30</Version></Supported></Versions>";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _work;

    public Fabric()
    {
        _listener.Start();
        _work = AcceptAsync();
    }

    /// <summary>Whether the machine has told that it is ready.</summary>
    public bool IsReady { get; private set; }

    /// <summary>The network for QEMU: DHCP, the two services at their addresses, and nothing beyond.</summary>
    public string Network
    {
        get
        {
            string connect = $"cmd:{ExternalTool.Find("busybox")} nc 127.0.0.1 {((IPEndPoint)_listener.LocalEndpoint).Port}";
            return $"user,id=net,restrict=on,net=168.0.0.0/7,host=168.63.129.2,dns=168.63.129.3,dhcpstart=168.63.129.32,guestfwd=tcp:168.63.129.16:80-{connect},guestfwd=tcp:169.254.169.254:80-{connect}";
        }
    }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Stop();
        _work.Wait();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
                await AnswerAsync(client.GetStream());
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or IOException)
            {
                // The machine was ended, or gave the request up.
            }
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        byte[] bytes = new byte[1 << 16];
        int length = 0;
        string request;
        do
        {
            int count = await stream.ReadAsync(bytes.AsMemory(length), _end.Token);
            length += count;
            request = Encoding.UTF8.GetString(bytes, 0, length);
            if (count == 0)
            {
                return;
            }
        }
        while (!IsWhole(request));

        string path = request.Split(' ')[1];
        IsReady |= path.Contains("comp=health", StringComparison.Ordinal) && request.Contains("<State>Ready</State>", StringComparison.Ordinal);
        (string status, string body) = path switch
        {
            _ when path.StartsWith("/metadata/instance", StringComparison.Ordinal) => ("200 OK", Metadata),
            _ when path.Contains("comp=goalstate", StringComparison.Ordinal) => ("200 OK", GoalState),
            _ when path.Contains("comp=versions", StringComparison.Ordinal) => ("200 OK", Versions),
            _ when path.Contains("comp=health", StringComparison.Ordinal) => ("200 OK", string.Empty),
            _ => ("404 Not Found", string.Empty),
        };
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 {status}\r\nContent-Type: {(body.StartsWith('{') ? "application/json" : "text/xml")}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}"), _end.Token);
    }

    private static bool IsWhole(string request)
    {
        int end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
        {
            return false;
        }

        string? length = request[..end].Split("\r\n").Select(static line => line.Split(':', 2)).FirstOrDefault(static field => string.Equals(field[0], "Content-Length", StringComparison.OrdinalIgnoreCase))?[1];
        return request.Length - end - 4 >= (length is null ? 0 : int.Parse(length, System.Globalization.CultureInfo.InvariantCulture));
    }
}
