using System.Security.Cryptography;

namespace AzImageTools.Sandbox.Host.SignIn;

/// <summary>The device codes that were given out. In the sandbox the user is quick: the first poll is told to wait, the second signs in. Thread-safe.</summary>
internal sealed class DeviceCodes
{
    private const int CodesKept = 256;

    private readonly Dictionary<string, bool> _codes = new(StringComparer.Ordinal);

    /// <summary>A new code.</summary>
    public string Create()
    {
        string code = RandomNumberGenerator.GetHexString(64, lowercase: true);
        lock (_codes)
        {
            if (_codes.Count == CodesKept)
            {
                _codes.Clear();
            }

            _codes.Add(code, false);
        }

        return code;
    }

    /// <summary>Whether the user has signed in: false until then, null where there is no such code.</summary>
    public bool? Redeem(string code)
    {
        lock (_codes)
        {
            if (!_codes.TryGetValue(code, out bool isAsked))
            {
                return null;
            }

            if (isAsked)
            {
                _codes.Remove(code);
            }
            else
            {
                _codes[code] = true;
            }

            return isAsked;
        }
    }
}
