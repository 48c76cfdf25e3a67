/*
 * Exactly-once delivery: lease epoch, tracker, transactional outbox, and a request to end a transaction that arrives
 * late. docs/decisions/checked-model.md says what is covered. Each WITHOUT_… takes one safeguard out.
 *
 * One partition, two members, a broker as before KIP-890. The broker's steps are atomic; between any two steps anything
 * else may happen: a rebalance, a crash, a late request.
 */
#ifndef MESSAGES
#define MESSAGES 2
#endif
#define MEMBERS 2
#define REBALANCES 2
#define CRASHES 1
#define LATE 1
#define NOBODY 255

typedef Transactional {
  byte epoch;             /* of the one producer that may use this id */
  bool isOpen;
  byte messages[MESSAGES];
  byte position;          /* to be committed with the messages; 0: none */
  bool isLate;            /* a request to commit is still on its way */
  byte lateEpoch
}

Transactional id[MEMBERS];
byte committed = 0;       /* position of the group */
byte visible[MESSAGES];   /* outcomes that readers of committed messages see */
byte owner = 0;           /* of the partition */
byte generation = 1;      /* of the group: the epoch of the lease */
byte rebalances = 0;
byte crashes = 0;
byte lates = 0;

/* Broker: commits the open transaction, if the producer may. A repetition finds none and has no effect. */
inline endTransaction(m, e) {
  d_step {
    if
    :: id[m].epoch == e && id[m].isOpen ->
       k = 0;
       do
       :: k < MESSAGES ->
          visible[k] = visible[k] + id[m].messages[k];
          assert(visible[k] <= 1);            /* no outcome twice */
          id[m].messages[k] = 0;
          k++
       :: else -> break
       od;
       if
       :: id[m].position > 0 ->
          assert(id[m].position >= committed); /* no position goes back */
          committed = id[m].position;
          k = 0;
          do
          :: k < committed -> assert(visible[k] == 1); k++  /* no message without its outcome */
          :: else -> break
          od
       :: else -> skip
       fi;
       id[m].isOpen = false;
       id[m].position = 0
    :: else -> skip
    fi;
    k = 0
  }
}

/* Broker: aborts the open transaction, and fences producers of earlier epochs. */
inline initTransactions(m, e) {
  d_step {
    k = 0;
    do
    :: k < MESSAGES -> id[m].messages[k] = 0; k++
    :: else -> break
    od;
    k = 0;
    id[m].isOpen = false;
    id[m].position = 0;
    id[m].epoch++;
    e = id[m].epoch
  }
}

/* A committed position can be read only while no open transaction may still change it (KIP-447). */
#ifdef WITHOUT_STABLE_POSITIONS
#define isStable true
#else
#define isStable (id[0].position == 0 && id[1].position == 0)
#endif

proctype Member(byte m) {
  byte epoch;      /* of its producer */
  byte lease = 0;  /* generation of its assignment; 0: none */
  byte start;      /* the first message without a committed outcome */
  byte next;       /* the first message that was not taken */
  byte ended;      /* end of the transaction */
  byte i, k;
  bool hasOutcome[MESSAGES];
  bool isInDoubt;
#ifdef WITHOUT_LEASE_EPOCH
  bool isFormer[MESSAGES]; /* an outcome of the former lease, which counts for this one */
#endif

restart:
  skip;
  d_step {
    lease = 0; start = 0; next = 0; ended = 0; i = 0; isInDoubt = false;
    k = 0;
    do
    :: k < MESSAGES -> hasOutcome[k] = false; k++
    :: else -> break
    od;
    k = 0
  }
  initTransactions(m, epoch);

idle:
  do
  :: committed == MESSAGES -> goto done

  :: atomic { owner == m && lease != generation && isStable ->
     lease = generation; start = committed; next = committed; k = 0;
     do
     :: k < MESSAGES ->
#ifdef WITHOUT_LEASE_EPOCH
        isFormer[k] = (k >= start && hasOutcome[k]);
#endif
        hasOutcome[k] = false; k++
     :: k >= MESSAGES -> break
     od;
     k = 0 }

  /* It learns that the lease is over, or works on without knowing it. */
  :: atomic { lease != 0 && lease != generation && owner != m -> lease = 0 }

  :: lease != 0 && next < MESSAGES -> next++

  /* Workers end in any order. */
  :: atomic { lease != 0 && next > 0 && !hasOutcome[0] && start == 0 -> hasOutcome[0] = true }
  :: atomic { lease != 0 && next > 1 && !hasOutcome[1] && start <= 1 -> hasOutcome[1] = true }

#ifdef WITHOUT_TRACKER
  :: lease != 0 && start < next && (hasOutcome[start] || hasOutcome[next - 1]) -> goto commit
#else
  :: lease != 0 && start < next && hasOutcome[start] -> goto commit
#endif

  :: atomic { crashes < CRASHES -> crashes++ ; goto restart }
  od;

commit:
#ifndef WITHOUT_NEW_PRODUCER
  if
  :: isInDoubt -> initTransactions(m, epoch); isInDoubt = false
  :: else -> skip
  fi;
#endif
  i = start;
  do
  :: i < next && hasOutcome[i] ->
     atomic {
       if
       :: id[m].epoch != epoch -> goto restart
       :: else -> id[m].isOpen = true; id[m].messages[i]++
       fi;
#ifdef WITHOUT_LEASE_EPOCH
       if
       :: isFormer[i] -> id[m].messages[i]++; isFormer[i] = false
       :: else -> skip
       fi;
#endif
       i++
     }
#ifdef WITHOUT_TRACKER
  :: i < next && !hasOutcome[i] -> i++
#else
  :: i < next && !hasOutcome[i] -> break
#endif
  :: i >= next -> break
  :: atomic { crashes < CRASHES -> crashes++; goto restart }
  od;
  ended = i;

  /* The positions: accepted from members of this generation only. */
  if
#ifdef WITHOUT_GENERATION
  :: atomic { true -> id[m].isOpen = true; id[m].position = ended }
#else
  :: atomic { lease == generation -> id[m].isOpen = true; id[m].position = ended }
  :: lease != generation -> goto restart   /* aborted: a new transaction, from the committed position */
#endif
  :: atomic { crashes < CRASHES -> crashes++; goto restart }
  fi;

  if
  /* Answered, or repeated until it is: the repetition has no effect. */
  :: endTransaction(m, epoch)
  :: endTransaction(m, epoch); isInDoubt = true; endTransaction(m, epoch)
  /* The first request is delayed, and the repetition is answered. */
  :: atomic { lates < LATE -> lates++; id[m].isLate = true; id[m].lateEpoch = epoch; isInDoubt = true }
     endTransaction(m, epoch)
  :: atomic { crashes < CRASHES -> crashes++; goto restart }
  fi;
  start = ended;
  goto idle;

done:
  skip
}

/* Any member may be expelled at any time: nobody asks it. */
proctype Rebalance() {
  do
  :: atomic { rebalances < REBALANCES -> rebalances++; generation++; owner = 1 - owner }
  :: atomic { rebalances < REBALANCES -> rebalances++; generation++ }
  :: committed == MESSAGES -> break
  od
}

proctype Network() {
  byte k;
  do
  :: id[0].isLate -> id[0].isLate = false; endTransaction(0, id[0].lateEpoch)
  :: id[1].isLate -> id[1].isLate = false; endTransaction(1, id[1].lateEpoch)
  :: committed == MESSAGES && !id[0].isLate && !id[1].isLate -> break
  od
}

init {
  atomic { run Member(0); run Member(1); run Rebalance(); run Network() }
}
