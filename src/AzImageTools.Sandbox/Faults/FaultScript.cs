namespace AzImageTools.Sandbox.Faults;

/// <summary>The faults that a cloud is to have, and how often each has happened. Thread-safe.</summary>
internal sealed class FaultScript
{
    private readonly List<Entry> _entries = [];

    public void Add(SandboxFault fault)
    {
        lock (_entries)
        {
            _entries.Add(new Entry(fault));
        }
    }

    /// <summary>The fault that a request meets; null for none.</summary>
    public SandboxFault? Meet(string method, string operation, string path)
    {
        lock (_entries)
        {
            // Every fault counts the requests that are of its sort, whichever of them happens.
            SandboxFault? met = null;
            foreach (var entry in _entries)
            {
                if (entry.Matches(method, operation, path) && entry.Count() && met is null)
                {
                    met = entry.Fault;
                }
            }

            return met;
        }
    }

    private sealed class Entry(SandboxFault fault)
    {
        private int _seen;

        public SandboxFault Fault => fault;

        public bool Matches(string method, string operation, string path)
            => (fault.Method is null || string.Equals(fault.Method, method, StringComparison.OrdinalIgnoreCase))
                && (fault.Operation is null || string.Equals(fault.Operation, operation, StringComparison.OrdinalIgnoreCase))
                && (fault.PathPart is null || path.IndexOf(fault.PathPart, StringComparison.OrdinalIgnoreCase) >= 0);

        public bool Count()
        {
            _seen++;
            return _seen > fault.After && _seen - fault.After <= fault.Times;
        }
    }
}
