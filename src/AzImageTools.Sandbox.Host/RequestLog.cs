using System.Globalization;

namespace AzImageTools.Sandbox.Host;

/// <summary>Writes a line for each request: time, method, host, path, what of the query tells the operation, and what came of it. Thread-safe.</summary>
internal sealed class RequestLog : IDisposable
{
    private static readonly string[] TellingParameters = ["api-version", "comp", "restype"];

    private readonly TextWriter? _writer;

    /// <param name="path">The file, which is continued where it exists; null for no log.</param>
    public RequestLog(string? path)
    {
        _writer = path is null
            ? null
            : TextWriter.Synchronized(new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true });
    }

    /// <summary>A request that was answered, or whose connection was broken.</summary>
    public void Request(HttpContext context, bool isBroken)
    {
        string operation = TellingParameters.Select(name => context.Request.Query[name].FirstOrDefault() ?? "").FirstOrDefault(value => value.Length > 0) ?? "-";
        string outcome = isBroken ? "broken" : context.Response.StatusCode.ToString(CultureInfo.InvariantCulture);
        Write($"{context.Request.Method} {context.Request.Host} {context.Request.Path.ToUriComponent()} {Uri.EscapeDataString(operation)} {outcome}");
    }

    /// <summary>A tunnel to a host that is not Azure's.</summary>
    public void Refusal(string target) => Write($"CONNECT {Uri.EscapeDataString(target)} - - 403");

    /// <summary>A fault of the sandbox itself, in a line before that of the request it was met by.</summary>
    public void Fault(string message) => Write("# " + message.ReplaceLineEndings(" "));

    public void Dispose() => _writer?.Dispose();

    private void Write(string text) => _writer?.WriteLine($"{DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)} {text}");
}
