using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using AzImageTools.Disks;
using Azure;

namespace AzImageTools.Services.Session;

/// <summary>Why no answer came from Azure, as far as that can be told: what lies between, and whether it may pass.</summary>
/// <param name="ErrorId">The error's stable id.</param>
/// <param name="Kind">The sort of failure.</param>
/// <param name="Problem">What happened, as a sentence.</param>
/// <param name="Remedy">What to do.</param>
/// <param name="MayPass">Whether nobody was reached at all, which may pass; else another try would end the same way.</param>
internal sealed record ConnectionFailure(string ErrorId, ErrorKind Kind, string Problem, string Remedy, bool MayPass)
{
    private const int ProxyAuthenticationRequired = 407;

    private const string ProxyRemedy =
        "Give its user and password in the proxy's address, before the @ ($env:HTTPS_PROXY, special characters as %XX), or have this machine let through without.";

    private const string CertificateRemedy =
        "Something between this machine and Azure inspects encrypted connections (TLS inspection), or answers in Azure's place. Have the inspecting proxy's root certificate "
        + "put among those this machine trusts (Windows: Trusted Root Certification Authorities of the computer; Linux: update-ca-certificates or update-ca-trust), or have Azure's hosts exempted from inspection.";

    /// <summary>Looks through an exception and its causes.</summary>
    /// <returns>Null where nothing is known but that it failed.</returns>
    public static ConnectionFailure? Find(Exception exception)
    {
        Exception[] causes = [.. CausesOf(exception)];
        if (causes.Any(IsProxyWithoutSignIn))
        {
            return new ConnectionFailure(
                "ProxyAuthenticationRequired", ErrorKind.Authentication, "The proxy between this machine and Azure asks for a user and password (407).", ProxyRemedy, MayPass: false);
        }

        if (causes.Any(IsUntrusted))
        {
            return new ConnectionFailure(
                "CertificateNotTrusted",
                ErrorKind.Connection,
                $"The connection could not be encrypted with a certificate that this machine trusts: {Sentence(causes[causes.Length - 1])}",
                CertificateRemedy,
                MayPass: false);
        }

#if NET
        if (causes.Any(static cause => cause is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded }))
        {
            return new ConnectionFailure(
                "InvalidAnswer", ErrorKind.InvalidData, Sentence(causes[causes.Length - 1]), ServiceErrorCatalogue.RemedyFor(0, "InvalidAnswer"), MayPass: false);
        }
#endif

        return causes.FirstOrDefault(static cause => IsUnreached(cause)) is { } reason
            ? new ConnectionFailure("ConnectionFailed", ErrorKind.Connection, Sentence(reason), ServiceErrorCatalogue.ConnectionRemedy, MayPass: true)
            : null;
    }

    private static IEnumerable<Exception> CausesOf(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause is AggregateException several ? several.InnerExceptions[several.InnerExceptions.Count - 1] : cause.InnerException)
        {
            yield return cause;
        }
    }

    private static bool IsProxyWithoutSignIn(Exception cause)
        => cause switch
        {
            RequestFailedException failure => failure.Status == ProxyAuthenticationRequired,
            WebException { Response: HttpWebResponse response } => response.StatusCode == HttpStatusCode.ProxyAuthenticationRequired,

            // The answer to CONNECT is told in words alone: "The proxy tunnel request to proxy '…' failed with status code '407'."
            HttpRequestException request => request.Message.IndexOf("proxy", StringComparison.OrdinalIgnoreCase) >= 0 && request.Message.IndexOf("'407'", StringComparison.Ordinal) >= 0,
            _ => false,
        };

    /// <summary>A handshake that breaks off is told by the same type of exception, and may pass.</summary>
    private static bool IsUntrusted(Exception cause)
        => cause is WebException { Status: WebExceptionStatus.TrustFailure }
            || (cause is AuthenticationException && cause.Message.IndexOf("certificate", StringComparison.OrdinalIgnoreCase) >= 0);

    private static bool IsUnreached(Exception cause)
        => cause switch
        {
            SocketException socket => socket.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.ConnectionRefused
                or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.NetworkDown or SocketError.TimedOut,
            WebException web => web.Status is WebExceptionStatus.NameResolutionFailure or WebExceptionStatus.ConnectFailure or WebExceptionStatus.ProxyNameResolutionFailure,
            TimeoutException => true,
            _ => false,
        };

    private static string Sentence(Exception cause)
    {
        string text = cause.Message.Split('\r', '\n')[0].Trim();
        return text.Length == 0 ? cause.GetType().Name + "." : text[text.Length - 1] is '.' or '!' or '?' ? text : text + ".";
    }
}
