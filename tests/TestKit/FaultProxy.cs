using System.Net;
using System.Net.Sockets;

namespace AzImageTools.TestKit;

/// <summary>
/// Stands between a client and a service on this machine, byte by byte. A connection that has carried so many bytes to the
/// service is reset or stalls, a number of times.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Uri _service;
    private readonly Task _accepting;
    private int _faultsLeft;
    private long _bytesBefore;
    private bool _stalls;
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

    /// <summary>From now on, connections are reset once they have carried so many bytes.</summary>
    public void Reset(int times, long afterBytes) => Script(times, afterBytes, stalls: false);

    /// <summary>From now on, connections carry nothing more once they have carried so many bytes.</summary>
    public void Stall(int times, long afterBytes) => Script(times, afterBytes, stalls: true);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private void Script(int times, long afterBytes, bool stalls)
    {
        _bytesBefore = afterBytes;
        _stalls = stalls;
        Volatile.Write(ref _faultsLeft, times);
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
            if (carried > _bytesBefore && Interlocked.Decrement(ref _faultsLeft) >= 0)
            {
                Interlocked.Increment(ref _faults);
                if (_stalls)
                {
                    await Task.Delay(Timeout.Infinite, _end.Token);
                }

                // No lingering: the peer sees a reset, not an end.
                near.LingerState = new LingerOption(enable: true, seconds: 0);
                near.Close();
                far.Close();
                return;
            }

            await far.GetStream().WriteAsync(buffer.AsMemory(0, count), _end.Token);
        }

        far.Client.Shutdown(SocketShutdown.Send);
    }
}
