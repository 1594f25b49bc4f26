using System.Net;
using System.Net.Sockets;

namespace AzImageTools.TestKit;

/// <summary>
/// Stands between a client and a service on this machine, byte by byte. A connection that has carried so many bytes to the
/// service meets a fault, a number of times.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Uri _service;
    private readonly Task _accepting;
    private int _faultsLeft;
    private long _bytesBefore;
    private ConnectionFault _fault;
    private int _faults;

    /// <summary>Begins to listen.</summary>
    /// <param name="service">Where to pass on to.</param>
    public FaultProxy(Uri service)
    {
        _service = service;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>How many connections met a fault.</summary>
    public int Faults => _faults;

    /// <summary>The same address by way of the proxy.</summary>
    public Uri Through(Uri address) => new UriBuilder(address) { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri;

    /// <summary>From now on, connections meet a fault once they have carried so many bytes.</summary>
    /// <param name="fault">What becomes of them.</param>
    /// <param name="times">How many of them.</param>
    /// <param name="afterBytes">How many bytes to the service.</param>
    public void Script(ConnectionFault fault, int times, long afterBytes)
    {
        _bytesBefore = afterBytes;
        _fault = fault;
        Volatile.Write(ref _faultsLeft, times);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = CarryAsync(await _listener.AcceptTcpClientAsync(_end.Token));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using TcpClient near = client;
        using TcpClient far = new();
        try
        {
            await far.ConnectAsync(_service.Host, _service.Port, _end.Token);
            Task back = far.GetStream().CopyToAsync(near.GetStream(), _end.Token);
            await CarryToServiceAsync(near, far);
            await back;
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
        }
    }

    private async Task CarryToServiceAsync(TcpClient near, TcpClient far)
    {
        byte[] buffer = new byte[16 * 1024];
        long carried = 0;
        int count;
        while ((count = await near.GetStream().ReadAsync(buffer, _end.Token)) > 0)
        {
            carried += count;
            if (carried > _bytesBefore && IsMidBody(buffer.AsSpan(0, count)) && Interlocked.Decrement(ref _faultsLeft) >= 0)
            {
                Interlocked.Increment(ref _faults);
                if (!await MeetAsync(near, far, buffer))
                {
                    return;
                }
            }

            await far.GetStream().WriteAsync(buffer.AsMemory(0, count), _end.Token);
        }

        far.Client.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Whether bytes are the middle of a body rather than, or among them, the head of a request.</summary>
    private static bool IsMidBody(ReadOnlySpan<byte> bytes) => bytes.IndexOf("\r\n"u8) < 0;

    /// <returns>Whether the connection goes on.</returns>
    private async Task<bool> MeetAsync(TcpClient near, TcpClient far, byte[] buffer)
    {
        switch (_fault)
        {
            case ConnectionFault.Corrupt:
                buffer[0] ^= 1;
                return true;
            case ConnectionFault.Stall:
                await Task.Delay(Timeout.Infinite, _end.Token);
                return false;
            case ConnectionFault.Truncate:
                near.Client.Shutdown(SocketShutdown.Send);
                far.Client.Shutdown(SocketShutdown.Send);
                return false;
            default:
                // No lingering: the peer sees a reset, not an end.
                near.LingerState = new LingerOption(enable: true, seconds: 0);
                near.Close();
                far.Close();
                return false;
        }
    }
}
